import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { exampleOf, type ShownCall } from "./call-examples.ts";

const call: ShownCall = {
  url: "https://pulse.test/f/hello",
  name: "hello",
  method: "POST",
  path: "/",
  headers: { "content-type": "application/json" },
  body: `{"name":"it's <b>"}`,
  needsKey: true,
};

test("a shell reads the body of the curl line back as it was", () => {
  const line = exampleOf("curl", call).replace("curl", "printf '%s\\n'");
  const words = execFileSync("sh", ["-c", line], { encoding: "utf8", env: { PULSE_KEY: "k1" } }).split("\n");
  expect(words).toEqual([
    "-X",
    "POST",
    "https://pulse.test/f/hello",
    "-H",
    "authorization: Bearer k1",
    "-H",
    "content-type: application/json",
    "--data-raw",
    call.body,
    "",
  ]);
});

test("a body that begins with @ reaches pulse as itself and not as a file", () => {
  const line = exampleOf("pulse", { ...call, body: "@it's" }).replace(/pulse .*/, "cat");
  expect(execFileSync("sh", ["-c", line], { encoding: "utf8" })).toBe("@it's");
});

test("pulse needs no content type for JSON and no method for POST", () => {
  expect(exampleOf("pulse", { ...call, body: "{}" })).toBe("pulse invoke hello --data '{}'");
  expect(exampleOf("pulse", { ...call, method: "GET", path: "/a?x=1", body: "" })).toBe(
    "pulse invoke hello --method GET --path '/a?x=1'",
  );
});

test("a public function is called without a key in every form", () => {
  const shown = (["curl", "fetch", "python", "pulse"] as const).map((form) =>
    exampleOf(form, { ...call, needsKey: false }),
  );
  expect(shown.join("\n")).not.toMatch(/PULSE_KEY|authorization/);
});

test("JavaScript and Python carry text with quotes and line breaks as one literal", () => {
  const body = 'a"b\n\\c';
  expect(exampleOf("fetch", { ...call, body })).toContain(String.raw`body: "a\"b\n\\c",`);
  expect(exampleOf("python", { ...call, body })).toContain(String.raw`data="a\"b\n\\c".encode(),`);
});
