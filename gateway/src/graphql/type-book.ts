import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  GraphQLFloat,
  type GraphQLInputFieldConfig,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableInputType,
  type GraphQLNullableOutputType,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLString,
} from "graphql";
import * as z from "zod";

/** Anything that JSON can say: what has no shape of its own, or several. */
export const jsonScalar = new GraphQLScalarType({
  name: "JSON",
  description: "Any JSON value: a map, a union, or what a user sent.",
});

/** The part of a JSON Schema that types are made of. */
interface Shape {
  type?: string | string[];
  anyOf?: Shape[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Shape>;
  required?: string[];
  additionalProperties?: unknown;
  items?: Shape;
  minimum?: number;
  maximum?: number;
  description?: string;
  $ref?: string;
  /** The name under which the contract exports it. */
  named?: string;
}

interface Made<T> {
  type: T;
  isNullable: boolean;
}

interface Known<T> {
  type: T;
  /** What it was made of. */
  text: string;
}

const intMost = 2 ** 31 - 1;
const fieldName = /^(?!__)[_a-zA-Z][_a-zA-Z0-9]*$/;

/** Turns zod schemas into GraphQL types. What the contract exports has the name of its export; what stands within another thing that thing's name and its own. */
export class TypeBook {
  readonly #names: ReadonlyMap<z.ZodType, string>;
  readonly #outputs = new Map<string, Known<GraphQLObjectType>>();
  readonly #inputs = new Map<string, Known<GraphQLInputObjectType>>();

  constructor(names: ReadonlyMap<z.ZodType, string>) {
    this.#names = names;
  }

  /** The type of what the gateway answers; itself nullable, so that one failed field leaves the others. */
  answer(schema: z.ZodType, name: string): GraphQLNullableOutputType {
    return this.#output(this.#shapeOf(schema, "output"), name).type;
  }

  /** The type of what a caller sends; null is taken only where the endpoint takes it. */
  body(schema: z.ZodType, name: string): GraphQLNullableInputType {
    return this.#input(this.#shapeOf(schema, "input"), name).type;
  }

  /** The parameters of a path or a query, as arguments. */
  parameters(schema: z.ZodType, name: string): Record<string, GraphQLInputFieldConfig> {
    const shape = this.#shapeOf(schema, "input");
    return this.#inputFields(shape, name);
  }

  #shapeOf(schema: z.ZodType, io: "input" | "output"): Shape {
    const override = ({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: object }) => {
      // What zod gives is one of the schemas that it was given.
      const named = this.#names.get(zodSchema as z.ZodType);
      if (named !== undefined) Object.assign(jsonSchema, { named });
    };
    return z.toJSONSchema(schema, { io, unrepresentable: "any", override }) as Shape;
  }

  #output(given: Shape, name: string): Made<GraphQLNullableOutputType> {
    const { shape, isNullable } = withoutNull(given);
    if (shape.type === "array" && shape.items !== undefined) {
      const item = this.#output(shape.items, name);
      return {
        type: new GraphQLList(item.isNullable ? item.type : new GraphQLNonNull(item.type)),
        isNullable,
      };
    }
    const type = plainType(shape) ?? (isObject(shape) ? this.#outputObject(shape, name) : jsonScalar);
    return { type, isNullable };
  }

  #outputObject(shape: Shape, within: string): GraphQLObjectType {
    const name = upper(shape.named ?? within);
    const text = textOf(shape);
    const known = this.#outputs.get(name);
    if (known !== undefined) return sameAs(known, text, name);
    const fields: Record<string, GraphQLFieldConfig<unknown, unknown>> = {};
    const type = new GraphQLObjectType({ name, fields: () => fields, ...described(shape) });
    this.#outputs.set(name, { type, text });
    for (const [key, one] of Object.entries(shape.properties ?? {})) {
      const made = this.#output(one, name + upper(key));
      const isThere = shape.required?.includes(key) === true && !made.isNullable;
      fields[key] = { type: isThere ? new GraphQLNonNull(made.type) : made.type, ...described(one) };
    }
    return type;
  }

  #input(given: Shape, name: string): Made<GraphQLNullableInputType> {
    const { shape, isNullable } = withoutNull(given);
    if (shape.type === "array" && shape.items !== undefined) {
      const item = this.#input(shape.items, name);
      const type = item.isNullable ? item.type : new GraphQLNonNull(item.type);
      return { type: new GraphQLList(type), isNullable };
    }
    const type = plainType(shape) ?? (isObject(shape) ? this.#inputObject(shape, name) : jsonScalar);
    return { type, isNullable };
  }

  #inputObject(shape: Shape, within: string): GraphQLInputObjectType {
    const name = `${upper(shape.named ?? within)}Input`;
    const text = textOf(shape);
    const known = this.#inputs.get(name);
    if (known !== undefined) return sameAs(known, text, name);
    const fields = this.#inputFields(shape, upper(shape.named ?? within));
    const type = new GraphQLInputObjectType({ name, fields, ...described(shape) });
    this.#inputs.set(name, { type, text });
    return type;
  }

  #inputFields(shape: Shape, name: string): Record<string, GraphQLInputFieldConfig> {
    const fields: Record<string, GraphQLInputFieldConfig> = {};
    for (const [key, one] of Object.entries(shape.properties ?? {})) {
      const made = this.#input(one, name + upper(key));
      const must = shape.required?.includes(key) === true && !made.isNullable;
      const type = must ? new GraphQLNonNull(made.type) : made.type;
      fields[key] = { type, ...described(one) };
    }
    return fields;
  }
}

/** A value that is null or something else is that something, nullable. */
function withoutNull(shape: Shape): { shape: Shape; isNullable: boolean } {
  const { type, anyOf } = shape;
  if (Array.isArray(type)) {
    const [one, ...more] = type.filter((name) => name !== "null");
    if (one === undefined || more.length > 0) return { shape: {}, isNullable: true };
    return { shape: { ...shape, type: one }, isNullable: type.includes("null") };
  }
  if (type === "null") return { shape: {}, isNullable: true };
  if (anyOf === undefined) return { shape, isNullable: isAnything(shape) };
  const [one, ...more] = anyOf.filter((part) => part.type !== "null");
  if (one === undefined || more.length > 0) {
    return { shape: {}, isNullable: more.length < anyOf.length - 1 || anyOf.some(isAnything) };
  }
  const inner = withoutNull(one);
  return { shape: inner.shape, isNullable: inner.isNullable || anyOf.length > 1 };
}

/** A shape that says nothing takes null too. */
function isAnything({ type, anyOf, enum: values, const: value, properties, $ref }: Shape): boolean {
  return [type, anyOf, values, value, properties, $ref].every((part) => part === undefined);
}

function plainType(shape: Shape): GraphQLScalarType | null {
  const values = shape.const === undefined ? shape.enum : [shape.const];
  const [first] = values ?? [];
  const type = shape.type ?? (values?.every((one) => typeof one === typeof first) ? typeof first : undefined);
  if (type === "string") return GraphQLString;
  if (type === "boolean") return GraphQLBoolean;
  if (type === "number") return GraphQLFloat;
  if (type !== "integer") return null;
  // Int has 32 bits; times in milliseconds and sizes have more.
  const { minimum = -Infinity, maximum = Infinity } = shape;
  return minimum >= -intMost && maximum <= intMost ? GraphQLInt : GraphQLFloat;
}

/** An object whose fields are known, all of them, and may be written in GraphQL. */
function isObject({ type, properties = {}, additionalProperties = false }: Shape): boolean {
  const keys = Object.keys(properties);
  return (
    type === "object" &&
    additionalProperties === false &&
    keys.length > 0 &&
    keys.every((key) => fieldName.test(key))
  );
}

/** What an object's type is made of. A reference is any JSON, wherever it leads. */
function textOf({ properties, required }: Shape): string {
  return JSON.stringify([properties, required]).replace(/"\$ref":"[^"]*"/g, '"$ref":""');
}

function sameAs<T>(known: Known<T>, text: string, name: string): T {
  if (known.text === text) return known.type;
  throw new Error(`two types would be named ${name}`);
}

function described({ description, enum: values }: Shape): { description?: string } {
  const oneOf = values === undefined ? null : `One of: ${values.join(", ")}`;
  const text = [description ?? null, oneOf].filter((one) => one !== null).join(". ");
  return text === "" ? {} : { description: text };
}

function upper(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
