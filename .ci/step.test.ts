import { expect, test } from "vitest";
import { runStep } from "./step.ts";

const run = (command: string[], mostMs = 20_000) => runStep("one", command, process.env, mostMs, () => {});
const node = (code: string) => [process.execPath, "-e", code];

test("a command that ends with 0 is a step that went well", async () => {
  expect(await run(node(""))).toEqual({ name: "one", failure: null });
});

test("a failure says how the command ended", async () => {
  const { failure } = await run(node("process.exit(3)"));
  expect(failure).toBe("ended with code 3");
  const killed = await run(node("process.kill(process.pid, 'SIGKILL')"));
  expect(killed.failure).toBe("ended with SIGKILL");
});

test("a command that does not exist is a failure", async () => {
  const { failure } = await run(["no-such-command"]);
  expect(failure).toMatch(/could not be started/);
});

test("what a step took is printed, and whether it failed", async () => {
  let shown = "";
  const print = (text: string) => {
    shown += text;
  };
  await runStep("types", node("process.exit(1)"), process.env, 20_000, print);
  expect(shown).toMatch(/^\n== types\n== types: FAILED, ended with code 1, \d+\.\d s\n$/);
});

test("a command that takes too long is ended", async () => {
  const { failure } = await run(node("setInterval(() => {}, 1000)"), 600);
  expect(failure).toBe("stopped after 0.01 min");
});
