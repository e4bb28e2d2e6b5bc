import * as z from "zod";

export type Json = Record<string, unknown>;

/** Turns zod schemas into JSON Schema for one OpenAPI document, and gathers what they share. */
export interface SchemaBook {
  /** The JSON Schema of what a caller sends, or of what the gateway answers. */
  schemaOf(schema: z.ZodType, io: "input" | "output"): Json;
  /** What the schemas refer to, for `components.schemas`. */
  readonly shared: Readonly<Record<string, Json>>;
}

/** An empty book. */
export function createSchemaBook(): SchemaBook {
  const shared: Record<string, Json> = {};
  const names = new Map<string, string>();

  function nameOf(definition: unknown): string {
    const text = JSON.stringify(definition);
    const name = names.get(text) ?? `Shared${names.size + 1}`;
    names.set(text, name);
    return name;
  }

  return {
    shared,
    schemaOf(schema, io) {
      const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, openTo(io)) as Json;
      // A reference in an OpenAPI document starts at its root: what zod puts beside a schema has to stand there.
      const places = new Map(Object.entries($defs as Json).map(([key, one]) => [key, nameOf(one)]));
      const rooted = (value: unknown): Json =>
        JSON.parse(JSON.stringify(value), (key, text) => {
          const place = key === "$ref" && typeof text === "string" ? places.get(text.slice(8)) : undefined;
          return place === undefined ? text : `#/components/schemas/${place}`;
        });
      for (const [key, one] of Object.entries($defs as Json)) shared[places.get(key) ?? key] = rooted(one);
      return rooted(rest);
    },
  };
}

/** Fields may be added to answers, so their schemas do not say that there are no others. */
function openTo(io: "input" | "output"): Parameters<typeof z.toJSONSchema>[1] {
  return {
    io,
    unrepresentable: "any",
    override({ jsonSchema }) {
      if (io === "output" && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  };
}
