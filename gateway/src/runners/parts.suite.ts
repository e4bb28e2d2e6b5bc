import { ProblemError } from "@pulse/schema/problem";
import { type Core, createCore } from "../core.ts";
import { makeMemoryPorts } from "../dispatch/memory-ports.suite.ts";
import { FakeClock } from "../dispatch/world.suite.ts";
import { finishBuild } from "../functions/build.ts";
import type { Deps } from "../http/context.ts";
import { sendingOf } from "../notifications/sending.ts";
import type { Ports } from "../ports.ts";
import { outsideOf } from "../workflows/outside/outside-of.ts";
import { createDirectory } from "./presence.ts";

/** The gateway's parts over a fresh in-memory database: the real core, the real runner directory, a clock that a test moves. */
export interface Parts {
  clock: FakeClock;
  ports: Ports;
  core: Core;
  deps: Deps;
  /** What was logged as an error or rejected in the background. */
  problems: unknown[];
  close(): void;
}

const publicUrl = "http://localhost:8787";

/** Makes the parts. */
export async function makeParts(): Promise<Parts> {
  const clock = new FakeClock();
  const problems: unknown[] = [];
  const ports = await makeMemoryPorts(clock, problems);
  const core = createCore({
    ports,
    directory: createDirectory(ports),
    onBuildEnded: ({ execution }) => finishBuild(ports, execution),
    workflows: (hub) => outsideOf({ ports, hub, publicUrl, sending: sendingOf({ ports, publicUrl }) }),
    schedules: (hub) => ({ hub, publicUrl }),
  });
  await core.start();
  return {
    clock,
    ports,
    core,
    deps: {
      ports,
      hub: core.hub,
      config: { publicUrl, functionsUrl: null, version: "0.0.0", passwordCost: { ln: 4, r: 8, p: 1 } },
    },
    problems,
    close() {
      core.stop();
      ports.database.client.close();
    },
  };
}

/** The code of the problem that a promise rejects with; "none" when it does not. */
export async function problemCodeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}
