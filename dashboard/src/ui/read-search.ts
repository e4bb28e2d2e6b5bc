import type * as z from "zod";

/** Reads the parameters that fit their fields; the others are left out. */
export function readSearch<S extends z.ZodObject>(
  schema: S,
  params: Readonly<Record<string, unknown>>,
): z.output<S> {
  const fitting = Object.entries(schema.shape).flatMap(([name, field]) => {
    const given = params[name];
    return typeof given === "string" && (field as z.ZodType).safeParse(given).success ? [[name, given]] : [];
  });
  return schema.parse(Object.fromEntries(fitting)) as z.output<S>;
}
