import { expect, test } from "vitest";
import { aCommand } from "../shell/played-command.suite.ts";
import { refusalOfCommand } from "./judge-command.ts";
import { policyShape } from "./policy.ts";

const inImage = (image: string) => aCommand({ image, user: "nobody", work: { is: "command", text: "make" } });

test.each([
  ["any image, where it says nothing of images", {}, "node:22", null],
  [
    "one of its images",
    { images: ["registry.example.test/team/*"] },
    "registry.example.test/team/ci:1",
    null,
  ],
  ["another image", { images: ["registry.example.test/team/*"] }, "node:22", "not the image node:22"],
  [
    "an image by the id that it names",
    { images: [`sha256:${"a".repeat(64)}`] },
    `sha256:${"a".repeat(64)}`,
    null,
  ],
  ["any image, where it allows none", { images: [] }, "node:22", "not the image node:22"],
  [
    "users of an image, which are not those of the machine",
    { commands: { users: ["deploy"] } },
    "node:22",
    null,
  ],
])("a policy and %s", (_, policy, image, refusal) => {
  expect(refusalOfCommand(policyShape.parse(policy), "allow", inImage(image))).toBe(refusal);
});

test("where only described commands run, none of anybody's own runs in an image either", () => {
  const refusal = refusalOfCommand(policyShape.parse({}), "allowlist", inImage("node:22"));
  expect(refusal).toContain("only commands that it describes itself");
  expect(refusalOfCommand(policyShape.parse({}), "deny", inImage("node:22"))).toBe("no commands");
});
