import { optionValues } from "@pulse/schema/workflow/input-value";
import type { InputPlan } from "@pulse/schema/workflow/plan";
import { html, type Markup, markup } from "./markup.ts";
import type { Words } from "./words.ts";

/** The name of a field of the form on the page: apart from what is the page's own. */
export const fieldName = (key: string) => `form.${key}`;

const types: Readonly<Partial<Record<InputPlan["type"], string>>> = {
  date: "date",
  integer: "number",
  number: "number",
};

/** One field of a prompt's form, as people fill it in. What is typed is checked by the gateway; the browser only helps. */
export function formField(key: string, input: InputPlan, given: string | undefined, words: Words): Markup {
  const name = fieldName(key);
  const title = input.title ?? key;
  const before = given ?? textOf(input.default);
  const hint = [input.description ?? "", input.required ? words.required : ""].filter(Boolean).join(" · ");
  const label = html`<label for="${name}">${title} <small>${hint}</small></label>`;
  const need = markup(input.required ? " required" : "");
  switch (input.type) {
    case "boolean":
      return html`<fieldset><legend>${title} <small>${hint}</small></legend><label><input type="checkbox" name="${name}" value="true"${checked(before === "true")}> ${words.yes}</label></fieldset>`;
    case "choice": {
      const options = optionsOf(input).map(
        ({ value, label: shown }) =>
          html`<option value="${value}"${markup(value === before ? " selected" : "")}>${shown}</option>`,
      );
      return html`${label}<select id="${name}" name="${name}"${need}>${input.required ? "" : html`<option value=""></option>`}${options}</select>`;
    }
    case "multichoice": {
      const chosen = before.split(",");
      const boxes = optionsOf(input).map(
        ({ value, label: shown }) =>
          html`<label><input type="checkbox" name="${name}" value="${value}"${checked(chosen.includes(value))}> ${shown}</label>`,
      );
      return html`<fieldset><legend>${title} <small>${hint}</small></legend>${boxes}</fieldset>`;
    }
    case "text":
    case "json":
      return html`${label}<textarea id="${name}" name="${name}" rows="4"${need}>${before}</textarea>`;
    default: {
      const step = input.type === "number" ? markup(' step="any"') : "";
      return html`${label}<input id="${name}" name="${name}" type="${types[input.type] ?? "text"}" value="${before}"${step}${need}>`;
    }
  }
}

/** What was filled in, as texts by the keys of the form: what stands empty is left out, a box that is not ticked says no. */
export function fieldsOf(
  form: Readonly<Record<string, InputPlan>>,
  sent: URLSearchParams,
): Record<string, string> {
  const entries = Object.entries(form).flatMap(([key, input]): [string, string][] => {
    const values = sent.getAll(fieldName(key));
    if (input.type === "boolean") return [[key, String(values.includes("true"))]];
    const text = values.join(",");
    return text === "" ? [] : [[key, text.replaceAll("\r\n", "\n")]];
  });
  return Object.fromEntries(entries);
}

function optionsOf(input: InputPlan): { value: string; label: string }[] {
  const values = optionValues(input).map(String);
  return input.options.map((one, i) => {
    const value = values[i] ?? "";
    const label = typeof one === "object" && one !== null ? Reflect.get(one, "label") : undefined;
    return { value, label: typeof label === "string" ? label : value };
  });
}

/** A value of a form as it stands in a field. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function checked(isChecked: boolean): Markup {
  return markup(isChecked ? " checked" : "");
}
