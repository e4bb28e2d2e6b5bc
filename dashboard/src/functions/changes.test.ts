import { expect, test } from "vitest";
import { changesOf, fileChanges, settingChanges } from "./changes.ts";

test("files are added, removed and changed; the same ones are not told", () => {
  const found = fileChanges(
    { "a.py": "1", "b.py": "2", "c.py": "3" },
    { "b.py": "2", "c.py": "4", "d.py": "" },
  );
  expect(found.map(({ name, how }) => [name, how])).toEqual([
    ["a.py", "removed"],
    ["c.py", "changed"],
    ["d.py", "added"],
  ]);
});

test("settings are compared by their path and by what they say", () => {
  const before = { timeout: "1m", retry: { attempts: 3 }, env: {}, secrets: ["a"] };
  const after = { timeout: "1m", retry: { attempts: 5 }, secrets: ["a", "b"] };
  expect(settingChanges(before, after)).toEqual([
    { name: "retry.attempts", how: "changed", before: "3", after: "5" },
    { name: "secrets", how: "changed", before: '["a"]', after: '["a","b"]' },
  ]);
});

test("a file of bytes is compared like one of text", () => {
  expect(fileChanges({ x: { base64: "AA==" } }, { x: { base64: "AA==" } })).toEqual([]);
  expect(fileChanges({ x: { base64: "AA==" } }, { x: "AA==" })).toHaveLength(1);
});

const draft = {
  runtime: "python" as const,
  files: { "main.py": "1" },
  settings: { timeout: "60s", cpus: 2 },
};

test("a first deploy brings everything that is not a default", () => {
  const { files, settings } = changesOf(draft, null);
  expect(files.map(({ name, how }) => [name, how])).toEqual([["main.py", "added"]]);
  expect(settings).toEqual([{ name: "cpus", how: "added", before: null, after: "2" }]);
});

test("a draft that says the same in other words changes nothing", () => {
  const body = { ...draft, settings: { timeout: "2m", memory: "1GB" } };
  const inOthers = { ...draft, settings: { timeout: "120s", memory: "1024MB" } };
  expect(changesOf(inOthers, { body })).toEqual({ files: [], dependencies: [], settings: [], secrets: [] });
});

test("packages and secrets are told by name, apart from the settings", () => {
  const after = {
    ...draft,
    files: { ...draft.files, "requirements.txt": "httpx==0.28.1" },
    settings: { ...draft.settings, secrets: { TOKEN: "api_token", PASSWORD: "vault:db#password" } },
  };
  const before = { ...draft, settings: { ...draft.settings, secrets: ["TOKEN", "OLD"] } };
  const { dependencies, secrets, settings } = changesOf(after, { body: before });
  expect(dependencies).toEqual([{ name: "httpx", how: "added", before: null, after: "==0.28.1" }]);
  expect(secrets.map(({ name, how, after: now }) => [name, how, now])).toEqual([
    ["OLD", "removed", null],
    ["PASSWORD", "added", "vault:db#password"],
    ["TOKEN", "changed", "api_token"],
  ]);
  expect(settings).toEqual([]);
});

test("another entry and another language are settings that change", () => {
  const other = { ...draft, runtime: "typescript" as const, entry: "app.ts" };
  expect(changesOf(other, { body: draft }).settings.map(({ name, how }) => [name, how])).toEqual([
    ["entry", "added"],
    ["runtime", "changed"],
  ]);
});
