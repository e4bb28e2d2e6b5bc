/** One input of a function as a field to fill in. */
export interface FormField {
  name: string;
  kind: "text" | "number" | "boolean" | "choice" | "json";
  isRequired: boolean;
  /** What a choice chooses from. */
  options: readonly unknown[];
  description: string | null;
  /** What it is when it is left out, as JSON; null: nothing is said. */
  defaultText: string | null;
}

type Shape = Readonly<Record<string, unknown>>;

/** The fields of a function's input by its JSON Schema; null where it says nothing of single inputs. */
export function fieldsOf(schema: unknown): FormField[] | null {
  if (!isObject(schema) || !isObject(schema.properties)) return null;
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(schema.properties).map(([name, given]): FormField => {
    const shape = isObject(given) ? given : {};
    const inner = withoutNull(shape);
    return {
      name,
      kind: kindOf(inner),
      isRequired: required.includes(name),
      options: optionsOf(inner) ?? [],
      description: typeof shape.description === "string" ? shape.description : null,
      defaultText: shape.default === undefined ? null : JSON.stringify(shape.default),
    };
  });
  return fields.length === 0 ? null : fields;
}

/** A body as the object a form shows; an empty body is an empty one, null: it is no JSON object. */
export function readObject(body: string): Shape | null {
  if (body.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** What stands in a field: for a choice the place of what is chosen. */
export function fieldText(field: FormField, values: Shape): string {
  if (!Object.hasOwn(values, field.name)) return "";
  const value = values[field.name];
  if (field.kind === "choice") {
    const place = field.options.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));
    return place < 0 ? "" : String(place);
  }
  if (field.kind === "json") return JSON.stringify(value, null, 2);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The body after something was typed into a field, other inputs as they were; null: the text is to be JSON and is none. An empty field is left out. */
export function withFieldText(values: Shape, field: FormField, text: string): string | null {
  const { [field.name]: _, ...others } = values;
  if (text.trim() === "") return JSON.stringify(others, null, 2);
  try {
    const value = typedValue(field, text);
    // The input keeps its place in the text.
    const all = Object.hasOwn(values, field.name)
      ? { ...values, [field.name]: value }
      : { ...others, [field.name]: value };
    return JSON.stringify(all, null, 2);
  } catch {
    return null;
  }
}

/** Throws when it is to be JSON and is none. */
function typedValue(field: FormField, text: string): unknown {
  if (field.kind === "json") return JSON.parse(text);
  if (field.kind === "boolean") return text === "true";
  if (field.kind === "choice") return field.options[Number(text)];
  // What is no number stays text: the function's own check says what is wrong with it.
  if (field.kind === "number") return Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

function kindOf(shape: Shape): FormField["kind"] {
  if (optionsOf(shape) !== null) return "choice";
  if (shape.type === "string") return "text";
  if (shape.type === "integer" || shape.type === "number") return "number";
  return shape.type === "boolean" ? "boolean" : "json";
}

/** The values that a shape lists, as one or each of several; null: it lists none. */
function optionsOf(shape: Shape): readonly unknown[] | null {
  if (Array.isArray(shape.enum)) return shape.enum;
  if (Object.hasOwn(shape, "const")) return [shape.const];
  if (!Array.isArray(shape.anyOf)) return null;
  const parts = shape.anyOf.map((one) => (isObject(one) ? optionsOf(one) : null));
  return parts.length > 0 && parts.every((part) => part !== null) ? parts.flat() : null;
}

/** What an input is when it is not null: a text that may be left empty is still a text. */
function withoutNull(shape: Shape): Shape {
  if (!Array.isArray(shape.anyOf)) return shape;
  const left = shape.anyOf.filter((one) => isObject(one) && one.type !== "null");
  return left.length === 1 ? (left[0] as Shape) : shape;
}

function isObject(value: unknown): value is Shape {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
