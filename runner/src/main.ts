import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import { type Agent, supersededExit } from "./agent.ts";
import { readRunnerConfig } from "./config.ts";
import { createAgent } from "./create-agent.ts";
import { enrol } from "./enrolment.ts";
import { MaskerShelf } from "./masking/masker-shelf.ts";
import { sayTo } from "./operator-log.ts";
import { Gate } from "./policy/gate.ts";
import { Running } from "./running.ts";
import { createWorkshop } from "./sandbox/workshop.ts";

const maskers = new MaskerShelf();
const running = new Running();
const say = sayTo({
  // What is wrong with the settings is said in the format that they ask for, too.
  format: process.env.PULSE_LOG === "json" ? "json" : "text",
  write: (line) => void process.stderr.write(line),
  now: () => new Date().toISOString(),
  jobOf: (execution) => running.get(execution)?.job,
  hide: (text) => maskers.hide(text),
});

/** A runner as a process: drains at SIGTERM or SIGINT, ends at once at the second. With the word `enrol` it only enrols. Resolves to the exit code. */
async function main(): Promise<number> {
  const config = readRunnerConfig(process.env, process.argv.slice(2));
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const stopping = new AbortController();
  let agent: Agent | null = null;
  let asked = 0;
  const end = () => {
    if (++asked > 1) process.exit(130);
    stopping.abort();
    if (agent === null) process.exit(0);
    agent.drain();
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);

  const { policy: path, gateway, sandbox, commands } = config;
  const gate = new Gate({ path, gateway, sandbox, commands, say });
  process.on("SIGHUP", () => gate.reload());
  const identity = await enrol(config, say, stopping.signal);
  // What installs it wants to know now whether the token is good.
  if (process.argv[2] === "enrol") {
    say(`${identity.name} is enrolled at ${config.gateway}`);
    return 0;
  }
  const workshop = await createWorkshop({
    kind: gate.mayUseProcess ? config.sandbox : "docker",
    confinement: config.confinement,
    stateDir: join(config.stateDir, "sandboxes"),
    images: config.images,
    customImages: config.customImages,
    slots: config.slots,
    runner: identity.runner,
    log: say,
    egress: config.egress,
    memory: config.memory,
    cache: {
      shelves: [join(config.stateDir, "contents")],
      bytes: config.disk.cacheBytes,
      leastFreeBytes: config.disk.leastFreeBytes,
    },
    installs: config.installs,
  });
  agent = createAgent({ config, identity, workshop, gate, running, maskers, say });
  say(
    `${identity.name} joins ${config.gateway} (${workshop.capabilities.join(", ")}; ${workshop.runtimes.join(", ") || workshop.preparing()})`,
  );
  await agent.run();
  return agent.exitCode();
}

await main()
  .then((code) => process.exit(code))
  .catch((error: unknown) => {
    const known = error instanceof ProblemError;
    say(`✗ ${known ? error.message : error instanceof Error ? error.stack : String(error)}`);
    if (known && error.extras.hint !== undefined) say(`→ ${error.extras.hint}`);
    process.exit(known && error.code === "session_superseded" ? supersededExit : 1);
  });
