import type { InputDefinition } from "@pulse/schema/workflow/fields";

/** One option of a choice: its value, and the words for it. */
export interface InputOption {
  value: unknown;
  label: string;
}

/** The options of a choice; one is its value, or an object with a value and perhaps a label. */
export function optionsOf(input: InputDefinition): InputOption[] {
  return (input.options ?? []).map((one) => {
    if (typeof one !== "object" || one === null || !Object.hasOwn(one, "value")) {
      return { value: one, label: String(one) };
    }
    const value: unknown = Reflect.get(one, "value");
    const label: unknown = Reflect.get(one, "label");
    return { value, label: typeof label === "string" ? label : String(value) };
  });
}

/** A default as the text of a field; for choices the places of what is chosen. */
export function defaultText(input: InputDefinition): string[] {
  const given = input.default;
  if (given === undefined || given === null) return [];
  if (input.type === "choice" || input.type === "multichoice") {
    const chosen: unknown[] = Array.isArray(given) ? given : [given];
    const values = optionsOf(input).map(({ value }) => value);
    return chosen.map((one) => values.indexOf(one)).flatMap((place) => (place < 0 ? [] : [String(place)]));
  }
  if (input.type === "json") return [JSON.stringify(given, null, 2)];
  return [String(given)];
}

/** Values by input as the API takes them, and the inputs whose text is no JSON. What is empty is left out; what a value may be is the gateway's to say. */
export function readInputs(
  inputs: Readonly<Record<string, InputDefinition>>,
  typed: (name: string) => readonly string[],
): { values: Record<string, unknown>; notJson: string[] } {
  const values: [string, unknown][] = [];
  const notJson: string[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const texts = typed(name).filter((text) => text.trim() !== "");
    if (texts.length === 0) continue;
    try {
      values.push([name, readText(input, texts)]);
    } catch {
      notJson.push(name);
    }
  }
  return { values: Object.fromEntries(values), notJson };
}

/** Throws when it is to be JSON and is none. */
function readText(input: InputDefinition, texts: readonly string[]): unknown {
  const text = texts[0] ?? "";
  switch (input.type) {
    case "integer":
    case "number":
      return Number.isNaN(Number(text)) ? text : Number(text);
    case "boolean":
      return text === "true";
    case "choice":
      return optionsOf(input)[Number(text)]?.value;
    case "multichoice":
      return texts.map((place) => optionsOf(input)[Number(place)]?.value);
    case "json":
      return JSON.parse(text);
    case "datetime":
      return momentOf(text);
    default:
      return text;
  }
}

/** A local time of a browser's field as a moment; what is none stays, for the gateway to say so. */
function momentOf(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}
