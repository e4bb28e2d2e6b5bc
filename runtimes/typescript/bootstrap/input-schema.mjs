const targets = ["draft-2020-12", "draft-07"];

/**
 * The JSON Schema of what `export const schema` takes: an object as it stands; a schema of a library (zod, ArkType, Valibot) as the library itself says
 * it by Standard JSON Schema, what has no JSON form as anything. Undefined: nothing is exported, or the library says none, which is printed.
 */
export function inputSchemaOf(exported) {
  const isThing = (typeof exported === "object" && exported !== null) || typeof exported === "function";
  const standard = isThing ? exported["~standard"] : undefined;
  if (standard === undefined) return typeof exported === "object" && exported !== null ? exported : undefined;
  const input = standard?.jsonSchema?.input;
  if (typeof input !== "function") {
    const { vendor = "its library" } = standard ?? {};
    return say(`${vendor} makes no JSON Schema of it (zod does since 4.2)`);
  }
  const problems = [];
  for (const target of targets) {
    try {
      return standard.jsonSchema.input({ target, libraryOptions: { unrepresentable: "any" } });
    } catch (error) {
      problems.push(String(error?.message ?? error));
    }
  }
  return say(problems[0]);
}

/** Prints why the form and the tool for agents lack a schema: the code itself runs. */
function say(why) {
  process.stderr.write(`the exported schema is passed over: ${why}\n`);
}
