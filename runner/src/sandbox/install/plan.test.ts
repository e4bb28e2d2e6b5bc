import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildKeyOf } from "../dependencies.ts";
import { readSpecifier } from "./npm-specifier.ts";
import { planInstall } from "./plan-install.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const planOf = (files: Record<string, string>, allowScripts: string[] = []) => {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const entry = "main.py" in files ? "main.py" : "index.ts";
  return planInstall(entry === "main.py" ? "python" : "typescript", folder, { entry, allowScripts });
};
const keyOf = async (files: Record<string, string>, allow: string[] = []) => {
  const plan = await planOf(files, allow);
  if (plan === null) throw new Error("nothing to install");
  return buildKeyOf(plan, "image-amd64");
};
const manifest = (more: object) => JSON.stringify({ dependencies: { a: "1" }, ...more });

test.each<[string, Record<string, string>]>([
  ["no manifest", { "index.ts": "" }],
  ["a manifest without dependencies", { "index.ts": "", "package.json": '{"devDependencies":{"a":"1"}}' }],
  ["packages that stand in the bundle", { "package.json": manifest({}), "node_modules/a/index.js": "" }],
  ["requirements that are comments", { "main.py": "", "requirements.txt": "# none\n\n" }],
  ["a project without dependencies", { "main.py": "", "pyproject.toml": '[project]\nname = "x"\n' }],
  ["a script header without any", { "main.py": '# /// script\n# requires-python = ">=3.11"\n# ///\n' }],
])("nothing is installed for %s", async (_name, files) => {
  expect(await planOf(files)).toBeNull();
});

test("the build key follows what decides the packages, and nothing else of a bundle", async () => {
  const same = await keyOf({ "index.ts": "1", "package.json": manifest({ name: "a", scripts: { x: "y" } }) });
  expect(await keyOf({ "index.ts": "2", "package.json": manifest({ name: "b" }) })).toBe(same);
  const others = [
    await keyOf({ "package.json": JSON.stringify({ dependencies: { a: "2" } }) }),
    await keyOf({ "package.json": manifest({ overrides: { b: "1" } }) }),
    await keyOf({ "package.json": manifest({}), "package-lock.json": "{}" }),
    await keyOf({ "package.json": manifest({}), ".npmrc": "registry=https://x.test/" }),
    await keyOf({ "package.json": manifest({}) }, ["a"]),
    await keyOf({ "package.json": manifest({}), "index.ts": 'import "npm:b@1";' }),
  ];
  expect(new Set([same, ...others]).size).toBe(7);
  const plan = await planOf({ "package.json": manifest({}) });
  expect(plan && buildKeyOf(plan, "other-image-amd64")).not.toBe(same);
});

test("a dependency that stands in the bundle is part of the key", async () => {
  const own = JSON.stringify({ dependencies: { mine: "file:./mine" } });
  const first = await keyOf({ "package.json": own, "mine/index.js": "1" });
  expect(await keyOf({ "package.json": own, "mine/index.js": "2" })).not.toBe(first);
  const wheels = { "main.py": "", "requirements.txt": "--find-links wheels\na\n" };
  const before = await keyOf({ ...wheels, "wheels/a-1-py3-none-any.whl": "1" });
  expect(await keyOf({ ...wheels, "wheels/a-1-py3-none-any.whl": "2" })).not.toBe(before);
});

test.each([
  ["npm:lodash", { name: "lodash", range: "*", path: "" }],
  ["npm:lodash@^4.17/fp/now", { name: "lodash", range: "^4.17", path: "/fp/now" }],
  ["npm:/@scope/name@1.2.3", { name: "@scope/name", range: "1.2.3", path: "" }],
  ["npm:@scope/name/path", { name: "@scope/name", range: "*", path: "/path" }],
  ["npm:../up", null],
  ["npm:a@file:..", null],
  ["npm:a@git+ssh:x", null],
  ["lodash", null],
])("%s is taken apart", (text, parts) => {
  expect(readSpecifier(text)).toEqual(parts);
});

test("imports of several files are joined, and a range of package.json goes before theirs", async () => {
  const plan = await planOf({
    "index.ts":
      'import a from "npm:a@9";\nexport { b } from "npm:b@2/deep";\nconst c = await import("npm:c");\n',
    "more/other.tsx":
      'import "npm:b";\n// import "npm:not-this" is found too: reading code is not parsing it\n',
    "package.json": manifest({}),
  });
  const merged = JSON.parse(plan?.files["package.json"] ?? "{}") as { dependencies: object };
  expect(merged.dependencies).toEqual({ a: "1", b: "2", c: "*", "not-this": "*" });
});

test.each<[string, Record<string, string>, object]>([
  ["a broken package.json", { "package.json": "{ nope" }, { file: "package.json" }],
  [
    "one package in two versions",
    { "index.ts": 'import "npm:a@1";', "other.ts": '\nimport "npm:a@2";' },
    { file: "other.ts", line: 2 },
  ],
  [
    "a source of uv.lock that is no index",
    { "main.py": "", "uv.lock": '[[package]]\nname = "a"\nsource = { git = "https://x.test/a#1" }\n' },
    { file: "uv.lock", line: 3 },
  ],
  [
    "a file that is not there",
    { "main.py": "", "requirements.txt": "a\n-r more.txt\n" },
    { file: "requirements.txt", line: 2 },
  ],
])("%s is refused with its place", async (_name, files, place) => {
  await expect(planOf(files)).rejects.toMatchObject({ callError: { code: "build_failed", ...place } });
});

test("registries that a bundle names are reached besides the operator's", async () => {
  const npm = await planOf({
    "package.json": manifest({}),
    ".npmrc": "@mine:registry=https://mine.example.test:8443/npm/\n",
  });
  expect(npm?.hosts).toEqual(["mine.example.test:8443"]);
  const pip = await planOf({
    "main.py": "",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as pip writes it.
    "requirements.txt": "--extra-index-url http://${USER}:${PASSWORD}@pip.example.test/simple\na\n",
  });
  expect(pip?.hosts).toEqual(["pip.example.test:80"]);
});
