import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
let runner: HttpRunner;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const deploy = (settings = {}) =>
  gateway.call("/v1/functions/hi/versions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      runtime: "typescript",
      files: { "index.ts": "export default () => 'hi'" },
      settings,
    }),
  });
const built = { deps: null, buildKey: null, kinds: ["default"], schema: null, initMs: 1 };

test("a call of a function whose first version still builds waits for it and is then answered", async () => {
  expect((await deploy()).status).toBe(201);
  const answer = gateway.call("/f/hi");
  await settle();
  const build = await runner.take();
  expect(build.kind).toBe("build");
  await runner.complete(build, { built, response: null });
  await gateway.parts.clock.advance(100);
  await runner.answer("hi");
  expect(await (await answer).text()).toBe("hi");
});

test("when no runner takes the build the call hears why, after 30 s", async () => {
  void runner.sync({ runtimes: [], preparing: "preparing image pulse-typescript" });
  await settle();
  await deploy();
  const answer = gateway.call("/f/hi");
  await gateway.parts.clock.advance(31_000);
  const refused = await answer;
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("5");
  expect(await refused.json()).toMatchObject({
    code: "no_runner",
    detail: 'version 1 of "hi" is still building: a runner is still preparing image pulse-typescript',
  });
});

test("a build that fails is said to the call that waited", async () => {
  await deploy();
  const answer = gateway.call("/f/hi");
  await settle();
  const build = await runner.take();
  const error = { code: "init_error" as const, message: "SyntaxError: nope", source: "function" as const };
  await runner.complete(build, {
    status: "failed",
    reason: "init_error",
    error,
    built: null,
    response: null,
  });
  await gateway.parts.clock.advance(100);
  expect(await (await answer).json()).toMatchObject({
    code: "version_not_ready",
    detail: 'version 1 of "hi" failed to build: SyntaxError: nope',
  });
});

test("a stranger does not wait", async () => {
  await deploy();
  expect((await gateway.send("/f/hi")).status).toBe(401);
});
