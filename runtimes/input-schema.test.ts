import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { jsonOf, load, placeCode } from "./case-runner.ts";
import { Bootstrap, type JsonObject } from "./frame-driver.ts";

const zodFolder = dirname(createRequire(import.meta.url).resolve("zod/package.json"));

/** What a process says of code that is loaded with the real zod beside it, and what it logged until then. */
async function loaded(lines: string[]): Promise<{ ready: JsonObject; logged: string }> {
  const code = placeCode({ "index.js": ["import { z } from 'zod';", ...lines] });
  const modules = join(dirname(code.entry), "node_modules");
  mkdirSync(modules);
  symlinkSync(zodFolder, join(modules, "zod"));
  const runtime = await Bootstrap.start("typescript", "stdio", process.env.PULSE_TEST_NODE ?? "node");
  try {
    const ready = (await load(runtime, code.entry)) ?? {};
    const logs = runtime.of(0, "L").map(({ payload }) => jsonOf(payload).text);
    return { ready, logged: logs.join("\n") };
  } finally {
    await runtime.destroy();
    code.remove();
  }
}

test("an exported zod schema is the JSON Schema of what may be sent", async () => {
  const { ready, logged } = await loaded([
    "export const schema = z.object({",
    "  name: z.string().describe('Who is greeted.'), mode: z.enum(['fast', 'slow']).default('fast'),",
    "  count: z.string().transform(Number), at: z.date().optional(), get self() { return schema.optional(); },",
    "});",
    "export const handler = (event) => schema.parse(event);",
  ]);
  expect(ready).toMatchObject({ ok: true, kinds: ["handler"] });
  expect(ready.schema).toEqual({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      name: { type: "string", description: "Who is greeted." },
      mode: { type: "string", enum: ["fast", "slow"], default: "fast" },
      count: { type: "string" },
      at: {},
      self: { $ref: "#" },
    },
    required: ["name", "count"],
  });
  expect(logged).toBe("");
});

test("what a library cannot say is printed, and the code is loaded without a schema", async () => {
  const words = "the exported schema is passed over: zod makes no JSON Schema of it";
  const { ready, logged } = await loaded([
    "export const schema = z.string();",
    "Object.defineProperty(schema, '~standard', { value: { vendor: 'zod', validate: () => ({}) } });",
    "export const handler = (event) => event;",
  ]);
  expect(ready).toMatchObject({ ok: true, kinds: ["handler"] });
  expect(ready).not.toHaveProperty("schema");
  expect(logged).toContain(words);
});
