import { expect, test } from "vitest";
import { ownUser } from "../shell/machine-user.ts";
import { aCommand } from "../shell/played-command.suite.ts";
import { refusalOfCommand, refusalOfRequest, takesRequests } from "./judge-command.ts";
import { policyShape, type StartedWith } from "./policy.ts";

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

const url = new URL("http://intranet.example.test/");
const started = (more: Partial<StartedWith>): StartedWith => ({
  mode: "deny",
  dir: "/",
  requests: null,
  ...more,
});
const toIntranet = aCommand({
  work: { is: "request", method: "GET", url: url.href, headers: [], body: null },
});
const asked = ["intranet.example.test:80"];

test.each<[string, object, Partial<StartedWith>, string | null]>([
  ["nothing was said", {}, {}, "no requests"],
  ["described commands run", {}, { mode: "allowlist" }, "no requests"],
  ["any command may run", {}, { mode: "allow" }, null],
  ["any command may run, but it said none", {}, { mode: "allow", requests: "none" }, "no requests"],
  ["the policy has commands no more", { commands: { mode: "deny" } }, { mode: "allow" }, "no requests"],
  [
    "commands run as somebody else only",
    { commands: { users: ["pulse-x"] } },
    { mode: "allow" },
    "no requests",
  ],
  ["commands run as the runner's user", { commands: { users: [ownUser().name] } }, { mode: "allow" }, null],
  ["the host was named", {}, { requests: asked }, null],
  [
    "another host was named",
    {},
    { requests: ["a.example.test:80"] },
    "no requests to intranet.example.test:80",
  ],
  [
    "the policy names another",
    { requests: ["a.example.test:80"] },
    { requests: "any" },
    "no requests to intranet.example.test:80",
  ],
  ["only the policy names it", { requests: asked }, {}, "no requests"],
  ["both name it", { requests: asked }, { requests: asked }, null],
  ["the policy has none of commands' kind", { kinds: ["function"] }, { requests: "any" }, "no command jobs"],
  [
    "the policy has another project",
    { projects: ["web"] },
    { requests: "any" },
    'nothing of the project "default"',
  ],
  ["the policy has less time", { timeout: "10s" }, { requests: "any" }, "at most 10 s, got 30"],
])("a request of a workflow where %s", (_, policy, more, refusal) => {
  expect(refusalOfRequest(policyShape.parse(policy), started(more), toIntranet, url)).toBe(refusal);
});

test("a runner says that it takes requests where any could be made", () => {
  const takes = (policy: object, more: Partial<StartedWith>) =>
    takesRequests(policyShape.parse(policy), started(more));
  expect(takes({}, {})).toBe(false);
  expect(takes({}, { mode: "allow" })).toBe(true);
  expect(takes({}, { requests: asked })).toBe(true);
  expect(takes({ requests: "none" }, { requests: asked })).toBe(false);
  expect(takes({ kinds: ["function"] }, { requests: asked })).toBe(false);
});
