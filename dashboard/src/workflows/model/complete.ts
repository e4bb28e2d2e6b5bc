import { type StepType, stepTypes } from "@pulse/schema/workflow/step-kinds";
import { takesField } from "@pulse/schema/workflow/step-table";
import { isObject, type Json } from "./read-text.ts";
import { type TextPlace, yamlPlace } from "./yaml-place.ts";

/** Names that definitions refer to. */
export interface KnownNames {
  functions: readonly string[];
  workflows: readonly string[];
  targets: readonly string[];
}

export interface Completions {
  /** Where in the text that begins which a chosen option replaces. */
  from: number;
  options: { text: string; isField: boolean }[];
}

/** What could stand at a place of a YAML definition, by its JSON Schema and by the names there are; null: nothing known. */
export function completionsAt(
  text: string,
  offset: number,
  schema: Json,
  names: KnownNames,
): Completions | null {
  const place = yamlPlace(text, offset);
  if (place === null) return null;
  const around = schemasAt(schema, place.path);
  const listed = place.isItem ? namesFor(place.path.at(-2), names) : [];
  const options =
    place.key !== null
      ? valuesAt(around, place.key, names)
      : [...listed.map((one) => ({ text: one, isField: false })), ...fieldsAt(around, place)];
  return options.length === 0 ? null : { from: place.from, options };
}

function fieldsAt(around: readonly Json[], { siblings, isItem }: TextPlace): Completions["options"] {
  if (isItem && around.every(({ properties }) => properties === undefined)) return [];
  const type = stepTypes.find((one) => one === siblings.get("type"));
  const isStep = around.some(({ properties }) => isObject(properties) && "continueOnError" in properties);
  const fits = (name: string) => !isStep || type === undefined || takes(type, name);
  const all = around.flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []));
  return [...new Set(all)]
    .filter((name) => !siblings.has(name) && fits(name))
    .map((text) => ({ text, isField: true }));
}

// A name that is no field is taken by none.
const takes = (type: StepType, name: string) => takesField(type, name as never);

function valuesAt(around: readonly Json[], key: string, names: KnownNames): Completions["options"] {
  const own = around.flatMap((one) => membersOf(one, key)).flatMap(valuesOf);
  return [...new Set([...own, ...namesFor(key, names)])].map((text) => ({ text, isField: false }));
}

function namesFor(field: string | undefined, names: KnownNames): readonly string[] {
  if (field === "function") return names.functions;
  if (field === "workflow") return names.workflows;
  return field === "targets" || field === "select" ? names.targets : [];
}

function valuesOf(schema: Json): string[] {
  if (schema.const !== undefined) return [String(schema.const)];
  if (Array.isArray(schema.enum)) return schema.enum.map(String);
  return schema.type === "boolean" ? ["true", "false"] : [];
}

/** The schemas that hold at a path, references and alternatives followed. */
function schemasAt(root: Json, path: readonly string[]): Json[] {
  const spread = (schema: unknown, depth = 0): Json[] => {
    if (!isObject(schema) || depth > 20) return [];
    const parts = [schema.$ref === undefined ? [] : referred(root, String(schema.$ref))];
    for (const name of ["anyOf", "oneOf", "allOf"])
      if (Array.isArray(schema[name])) parts.push(schema[name] as Json[]);
    return [schema, ...parts.flat().flatMap((one) => spread(one, depth + 1))];
  };
  return path.reduce(
    (now, key) => now.flatMap((one) => membersOf(one, key)).flatMap((one) => spread(one)),
    spread(root),
  );
}

/** What a schema says of a member; `[]` is an item. */
function membersOf(schema: Json, key: string): Json[] {
  const { properties, additionalProperties, items } = schema;
  const found =
    key === "[]" ? items : isObject(properties) && key in properties ? properties[key] : additionalProperties;
  return isObject(found) ? [found] : [];
}

function referred(root: Json, reference: string): Json[] {
  if (reference === "#") return [root];
  const found = reference
    .replace(/^#\//, "")
    .split("/")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), root);
  return isObject(found) ? [found] : [];
}
