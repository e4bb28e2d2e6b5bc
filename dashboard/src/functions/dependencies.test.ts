import { expect, test } from "vitest";
import { dependenciesOf } from "./dependencies.ts";

test("those of package.json are told with their versions", () => {
  const text = JSON.stringify({ dependencies: { zod: "^4.0.0" }, devDependencies: { vitest: "1" } });
  expect(dependenciesOf({ "package.json": text })).toEqual({ zod: "^4.0.0" });
});

test("those of requirements.txt are told without comments and options", () => {
  const text = "# ours\nRequests[socks]==2.32.0  # pinned\n--index-url https://pypi.example.test\n\npillow\n";
  expect(dependenciesOf({ "requirements.txt": text })).toEqual({ requests: "[socks]==2.32.0", pillow: "" });
});

test("those of pyproject.toml are the project's, of no other table", () => {
  const text = `[project]
name = "one"
dependencies = [
  "httpx>=0.28",
  'Ruamel_Yaml',
]

[dependency-groups]
dependencies = ["no"]
`;
  expect(dependenciesOf({ "pyproject.toml": text })).toEqual({ httpx: ">=0.28", "ruamel-yaml": "" });
});

test("those in the header of a script are told", () => {
  const text = '# /// script\n# dependencies = [\n#   "rich",\n# ]\n# ///\ndependencies = ["no"]\n';
  expect(dependenciesOf({ "main.py": text })).toEqual({ rich: "" });
});

test.each([
  ["{", "package.json"],
  ["null", "package.json"],
  ["print(1)", "main.py"],
])("%s in %s asks for nothing", (text, path) => {
  expect(dependenciesOf({ [path]: text })).toEqual({});
});
