import { spawn } from "node:child_process";
import { readRunnerConfig } from "../config.ts";
import { createAgent } from "../create-agent.ts";
import { enrol } from "../enrolment.ts";
import { MaskerShelf } from "../masking/masker-shelf.ts";
import { ended } from "../played-runner.suite.ts";
import { Gate } from "../policy/gate.ts";
import { Running } from "../running.ts";
import type { Workshop } from "../work.ts";
import { sandboxGroups } from "./groups.ts";

/**
 * A runner as a process of its own whose jobs wait for SIGUSR2, and then: `busy <ms>` computes so long without a pause, `late <ms>` ends
 * after that time. With `PULSE_TEST_GROUP` it has a process group beside it, as a sandbox has, and says its number.
 */
const say = (line: string) => void process.stdout.write(`${line}\n`);
const config = readRunnerConfig(process.env, []);
const { policy: path, commands } = config;
const gate = new Gate({ path, gateway: config.gateway, sandbox: "process", commands, say });
const identity = await enrol(config, say, AbortSignal.timeout(20_000));

if (process.env.PULSE_TEST_GROUP !== undefined) {
  const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
  if (child.pid !== undefined) sandboxGroups.add(child.pid);
  child.once("exit", () => say("the group has ended"));
  say(`group ${child.pid}`);
}

const told = new Promise<void>((resolve) => process.once("SIGUSR2", () => resolve()));
const [what, ms] = (process.env.PULSE_TEST_JOB ?? "").split(" ");
const run: Workshop["run"] = async (_job, _link, signal) => {
  await told;
  say("told");
  const end = performance.now() + Number(ms);
  if (what === "late") await new Promise((resolve) => setTimeout(resolve, Number(ms)));
  while (performance.now() < end);
  say(`ended, ${signal.aborted ? String(signal.reason) : "not stopped"}`);
  return ended();
};
const workshop: Workshop = {
  runtimes: ["typescript"],
  capabilities: ["process"],
  preparing: () => null,
  warm: () => [],
  onChange: () => undefined,
  run,
  build: () => Promise.reject(new Error("nothing is built here")),
  prewarm: () => undefined,
  stop: async () => undefined,
};
const agent = createAgent({
  ...{ config, identity, workshop, gate, say },
  ...{ running: new Running(), maskers: new MaskerShelf() },
});
process.once("SIGTERM", () => agent.drain());
await agent.run();
process.exit(0);
