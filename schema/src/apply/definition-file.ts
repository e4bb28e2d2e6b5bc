import { parseYaml } from "../workflow/yaml.ts";

/** A definition of a workflow in a file, read once. */
export interface DefinitionFile {
  path: string;
  text: string;
  /** The definition as it is written; null or undefined: it cannot be read. */
  value: unknown;
  /** Its own name where it may be one, else the file's; null: neither may. */
  name: string | null;
}

/** The headers with which any definition is sent: JSON is YAML too, and of YAML every finding has its line. */
export const definitionHeaders = { "content-type": "application/yaml" };

const extensions = [".json", ".yaml", ".yml"];
const nameForm = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/;

/** Whether a file of this name is taken for a definition. */
export function isDefinition(name: string): boolean {
  return extensions.some((one) => name.endsWith(one) && name.length > one.length);
}

/** A definition from its file; `value` is what was read of its text, where somebody did. */
export function definitionFile(
  path: string,
  text: string,
  value: unknown = parseYaml(text).value,
): DefinitionFile {
  const own: unknown = Reflect.get(Object(value), "name");
  const file = (path.split(/[/\\]/).at(-1) ?? "").replace(/(.)\.[^.]*$/, "$1");
  const name = [own, file].find((one) => typeof one === "string" && nameForm.test(one));
  return { path, text, value, name: typeof name === "string" ? name : null };
}
