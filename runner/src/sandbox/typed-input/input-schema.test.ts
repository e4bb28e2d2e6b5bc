import { expect, test } from "vitest";
import { inputSchemaOf } from "./input-schema.ts";

const text = { type: "string" };

test.each([
  ["export function handler(event: { name?: string }) {}", { name: text }, []],
  [
    "export const main = async (input: { n: number; on: boolean }, ctx) => 1;",
    { n: { type: "number" }, on: { type: "boolean" } },
    ["n", "on"],
  ],
  [
    "export async function main({ a, b = 2 }: { a: string, b?: number }) {}",
    { a: text, b: { type: "number" } },
    ["a"],
  ],
  [
    "interface In { tags: readonly string[]; more?: Array<{ x: number }> }\nexport function handler(event: In) {}",
    {
      tags: { type: "array", items: text },
      more: {
        type: "array",
        items: { type: "object", properties: { x: { type: "number" } }, required: ["x"] },
      },
    },
    ["tags"],
  ],
  [
    "type Mode = 'fast' | \"slow\";\nexport const handler = (e: { mode: Mode; n: 1 | 2 | -3; any: Date }) => 1",
    { mode: { enum: ["fast", "slow"] }, n: { enum: [1, 2, -3] }, any: {} },
    ["mode", "n", "any"],
  ],
  [
    "export const handler = function (e: { to: string | null; by: Record<string, number> }) {}",
    {
      to: { anyOf: [text, { type: "null" }] },
      by: { type: "object", additionalProperties: { type: "number" } },
    },
    ["to", "by"],
  ],
  [
    "export function handler(e: {\n  /** Who is\n   * greeted. */\n  name: string;\n  // aside\n  call(): void;\n  f?: (x: number) => string;\n  'with-dash'?: string }) {}",
    { name: { ...text, description: "Who is greeted." }, f: {}, "with-dash": text },
    ["name"],
  ],
  [
    "type A = { a: string }; type B = { b: number };\nexport function handler(e: A & B) {}",
    { a: text, b: { type: "number" } },
    ["a", "b"],
  ],
  [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source to be read
    "const re = /[\"'`{]/; const s = `a ${`b ${'}'}`} c`; // export function handler(e: {x: string})\nexport function handler(e: { y: string }) {}",
    { y: text },
    ["y"],
  ],
])("%s", (source, properties, required) => {
  expect(inputSchemaOf(source)).toEqual({ type: "object", properties, required });
});

test.each([
  "export const handler = () => 1;",
  "export function handler(event) { return event }",
  "export function handler(event: string) {}",
  "export function handler(event: unknown, ctx: { log: string }) {}",
  "export function handler(event: Elsewhere) {}",
  "import type { In } from './in.ts'; export function handler(event: In) {}",
  "function handler(event: { a: string }) {}",
  "export default (req: { a: string }) => 1",
  "export { handler } from './other.ts'",
  "export function handler(e: { a: string",
  "const s = `never ends; export function handler(e: { a: string }) {}",
  "",
])("of %j nothing is said, or only what is certain", (source) => {
  const schema = inputSchemaOf(source);
  expect(schema === null || schema.type === "object").toBe(true);
  if (!source.endsWith("string")) expect(schema).toBe(null);
});

test("a type that holds itself says nothing where it does", () => {
  const source =
    "interface Tree { value: string; left?: Tree; all: Tree[] }\nexport function handler(e: Tree) {}";
  expect(inputSchemaOf(source)?.properties).toEqual({ value: text, left: {}, all: { type: "array" } });
});

test("a large file of any bytes is read in bounded time", () => {
  const begun = performance.now();
  inputSchemaOf("<({[`".repeat(20_000));
  inputSchemaOf(`export function handler(e: ${"{a:".repeat(3000)}`);
  const names = Array.from({ length: 40 }, (_, at) => `T${at}`);
  const all = names.map(
    (name, at) => `interface ${name} { ${names.slice(at + 1).map((one) => `${one}: ${one}`)} }`,
  );
  expect(inputSchemaOf(`${all.join("\n")}\nexport function handler(e: T0) {}`)).toBe(null);
  expect(performance.now() - begun).toBeLessThan(2000);
});

const much = 500_000;
test.each([
  ["comments without an end", "/* ".repeat(much / 3)],
  ["quotes without an end", `"\\`.repeat(much / 2)],
  ["patterns without an end", "/[".repeat(much / 2)],
  ["empty lines in a comment", `/**${"\n".repeat(much - 10)}*/`],
  [
    "names that nothing declares",
    `${"x ".repeat(much / 2 - 20_000)}\nexport function handler(e: {${Array.from({ length: 4990 }, (_, at) => `${at}:T`)}}) {}`,
  ],
])("%s, half a megabyte of them, take no long time", (_, source) => {
  const begun = performance.now();
  inputSchemaOf(source);
  expect(performance.now() - begun).toBeLessThan(2000);
});
