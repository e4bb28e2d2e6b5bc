import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/backups";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import type { Backups } from "../ports.ts";

/** Mounts backups of the data folder: the look at the last one, and the making of one now. `lastBackup`: when one was last made, by whichever way (epoch ms). */
export function mountBackups(
  app: PulseApp,
  deps: Deps,
  lastBackup: (deps: Deps) => Promise<number | null>,
): void {
  const { ports } = deps;

  async function viewOf(backups: Backups): Promise<wire.BackupsView> {
    const [running, at] = await Promise.all([backups.running(), lastBackup(deps)]);
    return {
      running:
        running === null
          ? null
          : { startedAt: new Date(running.startedAt).toISOString(), bytes: running.bytes },
      lastAt: at === null ? null : new Date(at).toISOString(),
      made: backups.made(),
      failure: backups.failure(),
    };
  }

  bind(app, deps, wire.getBackups, async () => ({ body: await viewOf(backupsOf(ports)) }));
  bind(app, deps, wire.startBackup, async () => {
    const backups = backupsOf(ports);
    if (!backups.start()) throw new ProblemError("conflict", "a backup is being made already");
    return { status: 202, body: await viewOf(backups) };
  });
}

function backupsOf({ backups }: Deps["ports"]): Backups {
  if (backups !== undefined) return backups;
  throw new ProblemError(
    "conflict",
    "this gateway's database is a remote one, whose own backups are the ones to use",
    { hint: "With D1 that is Time Travel, with a libSQL server its snapshots." },
  );
}
