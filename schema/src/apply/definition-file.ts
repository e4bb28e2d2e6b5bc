import { parseYaml } from "../workflow/yaml.ts";

/** A definition of a workflow in a file. */
export interface DefinitionFile {
  path: string;
  text: string;
}

/** The headers with which any definition is sent: JSON is YAML too, and of YAML every finding has its line. */
export const definitionHeaders = { "content-type": "application/yaml" };

const extensions = [".json", ".yaml", ".yml"];
const nameForm = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/;

/** Whether a file of this name is taken for a definition. */
export function isDefinition(name: string): boolean {
  return extensions.some((one) => name.endsWith(one) && name.length > one.length);
}

/** The name of a definition: its own where it may be one, else the file's; null: neither may. */
export function definitionName({ path, text }: DefinitionFile): string | null {
  const own: unknown = Reflect.get(Object(parseYaml(text).value), "name");
  const file = (path.split(/[/\\]/).at(-1) ?? "").replace(/(.)\.[^.]*$/, "$1");
  const name = [own, file].find((one) => typeof one === "string" && nameForm.test(one));
  return typeof name === "string" ? name : null;
}
