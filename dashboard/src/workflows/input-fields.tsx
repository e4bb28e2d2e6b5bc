import type { InputDefinition } from "@pulse/schema/workflow/fields";
import { For, type JSX, Match, Switch } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { steady } from "../ui/steady.ts";
import { t } from "../words/words.ts";
import { defaultText, optionsOf } from "./input-form.ts";

const fieldTypes: Readonly<Partial<Record<InputDefinition["type"], string>>> = {
  integer: "number",
  number: "number",
  date: "date",
  datetime: "datetime-local",
};

/** A field for each declared input, under the input's name; `wrong` is what is wrong with one. */
export function InputFields(props: {
  inputs: Readonly<Record<string, InputDefinition>>;
  wrong: (name: string) => string | undefined;
}): JSX.Element {
  // What is typed stays while the workflow is read again: the same inputs have the same fields.
  const inputs = steady(() => props.inputs);
  return (
    <For each={Object.entries(inputs())}>
      {([name, input]) => (
        <Field
          label={`${input.title ?? name}${input.required === true ? " *" : ""}`}
          hint={input.description}
          wrong={props.wrong(name)}
        >
          {(ids) => <Control ids={ids} name={name} input={input} />}
        </Field>
      )}
    </For>
  );
}

function Control(props: { ids: object; name: string; input: InputDefinition }): JSX.Element {
  const type = () => props.input.type;
  const first = () => defaultText(props.input)[0] ?? "";
  const isRequired = () => props.input.required === true;
  return (
    <Switch
      fallback={
        <input
          {...props.ids}
          name={props.name}
          type={fieldTypes[type()] ?? "text"}
          step={type() === "number" ? "any" : undefined}
          class={inputClass}
          value={first()}
          required={isRequired()}
          autocomplete="off"
        />
      }
    >
      <Match when={type() === "text" || type() === "json"}>
        <textarea
          {...props.ids}
          name={props.name}
          rows="3"
          class={`${inputClass} ${type() === "json" ? "font-mono text-xs" : ""}`}
          required={isRequired()}
        >
          {first()}
        </textarea>
      </Match>
      <Match when={type() === "boolean"}>
        <select {...props.ids} name={props.name} class={inputClass} required={isRequired()}>
          <option value="">–</option>
          <option value="true" selected={first() === "true"}>
            {t("workflows.yes")}
          </option>
          <option value="false" selected={first() === "false"}>
            {t("workflows.no")}
          </option>
        </select>
      </Match>
      <Match when={type() === "choice" || type() === "multichoice"}>
        <select
          {...props.ids}
          name={props.name}
          class={inputClass}
          multiple={type() === "multichoice"}
          required={isRequired()}
        >
          {type() === "choice" && <option value="">–</option>}
          <For each={optionsOf(props.input)}>
            {(option, place) => (
              <option value={String(place())} selected={defaultText(props.input).includes(String(place()))}>
                {option.label}
              </option>
            )}
          </For>
        </select>
      </Match>
    </Switch>
  );
}
