import { ProblemError } from "@pulse/schema/problem";
import type { Holding, RunnerFacts } from "@pulse/schema/wire/runner-protocol";
import type { Deps } from "../http/context.ts";
import { runnerConfig } from "./enrol.ts";
import { removeRunner } from "./remove.ts";
import { createRunnerStore, recordOf } from "./store.ts";
import { bundleKey } from "./upgrades/signing.ts";

/** What a runner tells when its process starts. */
export interface SessionStart {
  bootId: string;
  instanceId: string;
  version: string;
  capacity: number;
  capabilities: string[];
  facts: RunnerFacts;
  preparing: string | null;
  inFlight: (Holding & { state: "running" | "finished" })[];
}

/** Starts a session: the epoch grows, older processes of the same runner are superseded. Throws `invalid_credential`. */
export async function openSession(deps: Deps, runnerId: string, start: SessionStart) {
  const store = createRunnerStore(deps.ports.database);
  const row = await store.openSession(runnerId, {
    instanceId: start.instanceId,
    bootId: start.bootId,
    version: start.version,
    capabilities: start.capabilities,
    facts: start.facts,
    slots: start.capacity,
    preparing: start.preparing,
    lastSeenAt: deps.ports.now(),
  });
  if (row === null) throw new ProblemError("invalid_credential", "this runner was deleted");
  const { reconcile } = await deps.hub.openSession({ runner: recordOf(row), inFlight: start.inFlight });
  const config = { ...runnerConfig(deps.config.publicUrl), bundleKey: await bundleKey(deps.ports) };
  return { epoch: row.epoch, name: row.name, config, reconcile };
}

/** Ends a session: the runner left. An ephemeral runner is deleted with it. */
export async function endSession(deps: Deps, holder: { runner: string; epoch: number }): Promise<void> {
  await deps.hub.endSession({ holder });
  const store = createRunnerStore(deps.ports.database);
  const row = await store.byId(holder.runner);
  if (row === null || !row.ephemeral) return;
  await removeRunner(deps, row.id);
}
