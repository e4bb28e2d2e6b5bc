import { expect, test } from "vitest";
import { credentialsIn, npmrcText, readNpmrc, registriesIn } from "./npmrc.ts";

const text = [
  "# a comment",
  "registry = https://registry.example.test/",
  '@mine:registry="https://mine.example.test:8443/npm/"',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as npm writes it.
  "//mine.example.test:8443/npm/:_authToken=${TOKEN}",
  "//mine.example.test:8443/npm/:username=someone",
  "ignore-scripts=false",
  "script-shell=./evil.sh",
  "git=./evil.sh",
  "cafile=/etc/passwd",
  "node-options=--require ./evil.js",
  "; another comment",
].join("\n");

test("of an .npmrc what says where packages come from is kept, and nothing that could run a program or name a file", () => {
  const read = readNpmrc(text);
  expect(read.ignored).toEqual(["ignore-scripts", "script-shell", "git", "cafile", "node-options"]);
  expect(npmrcText(read).split("\n")).toEqual([
    "registry=https://registry.example.test/",
    "@mine:registry=https://mine.example.test:8443/npm/",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as npm writes it.
    "//mine.example.test:8443/npm/:_authToken=${TOKEN}",
    "//mine.example.test:8443/npm/:username=someone",
    "",
  ]);
  expect(registriesIn(read)).toEqual([
    "https://registry.example.test/",
    "https://mine.example.test:8443/npm/",
  ]);
});

test("credentials are known with the values of the environment, so that they can be hidden", () => {
  expect(credentialsIn(readNpmrc(text), { TOKEN: "the-token" })).toEqual(["the-token"]);
});
