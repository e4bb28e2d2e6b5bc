import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CodeShelf } from "./prepare-code.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-code-"));
  mkdirSync(join(folder, "versions"));
  writeFileSync(join(folder, "identity.json"), '{"d":"private"}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function prepare(files: Record<string, string>, entry = "index.ts", action: string | null = null) {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  tar.finalize();
  const bundle = join(folder, "bundle.tar.gz");
  writeFileSync(bundle, gzipSync(await buffer(tar)));
  const shelf = new CodeShelf(join(folder, "versions"));
  return shelf.prepare({ version: "ver_1", runtime: "typescript", entry, action, bundle, deps: null }, null);
}

test("TypeScript with enums, JSX and several files becomes one file beside its sources", async () => {
  const code = await prepare(
    {
      "index.tsx": 'import { Size } from "./size.ts"; export const handler = () => (<b>{Size.Big}</b>);',
      "size.ts": "export enum Size { Small, Big }",
    },
    "index.tsx",
  );
  expect(readFileSync(join(code.folder, code.entry), "utf8")).toContain("/* Big */");
});

test("code that does not parse is an error of the code with its place", async () => {
  const failed = prepare({ "index.ts": "export const a = 1;\nexport const handler = ( => {" });
  await expect(failed).rejects.toMatchObject({
    callError: { code: "init_error", file: "index.ts", line: 2 },
  });
});

test.each(["../../identity.json", "../../../identity.json"])(
  "an import of %s, outside of the bundle, is refused",
  async (path) => {
    const failed = prepare({
      "index.ts": `import secret from "${path}"; export const handler = () => secret;`,
    });
    await expect(failed).rejects.toMatchObject({ callError: { code: "init_error" } });
  },
);

test("an absolute import is refused", async () => {
  const source = `import secret from "${join(folder, "identity.json")}"; export const handler = () => secret;`;
  await expect(prepare({ "index.ts": source })).rejects.toMatchObject({
    callError: { code: "init_error", message: expect.stringContaining("inside the bundle") },
  });
});

test("an import of a package that is not there is an error of the code with its place", async () => {
  const failed = prepare({
    "index.ts": 'import "node:fs";\nimport { x } from "@no/such/part"; export const handler = x;',
  });
  await expect(failed).rejects.toMatchObject({
    callError: {
      code: "init_error",
      file: "index.ts",
      line: 2,
      message: expect.stringContaining("@no/such"),
    },
  });
});

test("names of packages that are there, of the bundle itself or of its tsconfig are imports like others", async () => {
  const code = await prepare({
    "index.ts":
      'import { a } from "there/deep"; import { b } from "own"; import { c } from "alias/c"; export const handler = [a, b, c];',
    "node_modules/there/deep.js": "export const a = 1;",
    "package.json": '{ "name": "own", "type": "module", "exports": "./b.js" }',
    "b.js": "export const b = 2;",
    "src/c.ts": "export const c: string = 'of the alias';",
    "tsconfig.json": '{ "compilerOptions": { "paths": { "alias/*": ["./src/*"] } } }',
  });
  expect(readFileSync(join(code.folder, code.entry), "utf8")).toContain("of the alias");
});

test("a CommonJS handler requires what it likes, and knows its own folder, wherever it stands", async () => {
  const code = await prepare(
    {
      "src/app.js": `"use strict";
const { readFileSync } = require("node:fs");
const path = require("path");
const { shout } = require("./lib/shout");
exports.handler = async () => [shout(readFileSync(path.join(__dirname, "note.txt"), "utf8")), path.basename(__filename), (() => this)() === undefined];`,
      "src/note.txt": "hello",
      "src/lib/shout.js": `const path = require("path");
module.exports.shout = (text) => text.toUpperCase() + " " + path.basename(__dirname);`,
    },
    "src/app.js",
  );
  const made = await import(join(code.folder, code.entry));
  expect(await made.default.handler()).toEqual(["HELLO lib", "app.js", false]);
});

test.each([
  ["a directive without a semicolon", "'use strict'\nconst path = require('path')\n"],
  ["a line for the shell", "#!/usr/bin/env node\nconst path = require('path');\n"],
  ["an import that is a call", "import('node:os').then(() => {});\nconst path = require('path');\n"],
  ["both", "#!/usr/bin/env node\n'use strict'\n\nconst path = require('path')\n"],
])("a CommonJS handler that begins with %s knows its own folder", async (_, begin) => {
  const code = await prepare(
    { "src/app.js": `${begin}exports.handler = () => path.basename(__dirname);` },
    "src/app.js",
  );
  const made = await import(join(code.folder, code.entry));
  expect(made.default.handler()).toBe("src");
});

test("an ES module that makes a require and a __dirname of its own keeps them", async () => {
  const code = await prepare({
    "index.ts": `import { createRequire } from "node:module";
import { own } from "./own.js";
const require = createRequire(import.meta.url);
const __dirname = "/mine";
export const handler = () => [typeof require("node:os").cpus, __dirname, own()];`,
    "own.js": "exports.own = () => typeof require('node:os').cpus;",
  });
  const made = await import(join(code.folder, code.entry));
  expect(made.handler()).toEqual(["function", "/mine", "function"]);
});

test("an OpenWhisk action that exports nothing is found by its name; elsewhere nothing is added", async () => {
  const source = { "index.js": "function hello(params) { return { hello: params.name }; }" };
  const code = await prepare(source, "index.js", "hello");
  const made = await import(join(code.folder, code.entry));
  expect(made.default.hello({ name: "Ada" })).toEqual({ hello: "Ada" });
});
