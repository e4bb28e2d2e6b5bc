import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { Hub } from "../gateway/src/hub.ts";
import type { Rewrite, SimDatabase } from "./database.ts";

/** A bug that is put in on purpose, to see that the simulation finds it. Nothing of it is in the shipped code. */
export interface Plant {
  name: string;
  /** Numbers of the lease protocol that it changes. */
  numbers?: Partial<Record<keyof typeof leaseNumbers, number>>;
  /** The seed to begin with, where it shows in few of them; 1. */
  from?: number;
  /** Statements that it changes. */
  rewrite?: Rewrite;
  /** Methods of the hub that it changes. */
  wrapHub?: (hub: Hub, database: SimDatabase) => Partial<Hub>;
}

const replaced = (from: string, to: string) => (sql: string) => sql.replaceAll(from, to);

/** The bugs. */
export const plants: readonly Plant[] = [
  {
    name: "a settlement does not look at its fence",
    rewrite: replaced(
      "executions.fence = j.value ->> '$[1]' AND +executions.status IN ('offered', 'running')\n    RETURNING",
      "+executions.status IN ('offered', 'running')\n    RETURNING",
    ),
    // Whoever holds the execution now, and under which fence, the outcome counts.
    wrapHub: (hub, { real }) => ({
      async complete(args) {
        const answer = await hub.complete(args);
        for (const [i, { execution, fence, outcome }] of args.outcomes.entries()) {
          if (answer.results[i]?.result !== "fenced") continue;
          const { rowsAffected } = await real.execute({
            sql: "UPDATE executions SET status = ? WHERE id = ? AND status IN ('queued', 'offered', 'running')",
            args: [outcome.status, execution],
          });
          if (rowsAffected > 0) answer.results[i] = { execution, fence, result: "ok" };
        }
        return answer;
      },
    }),
  },
  {
    name: "a hand-out does not raise the fence",
    rewrite: replaced(
      "SET status = 'offered', fence = fence + 1,",
      "SET status = 'offered', fence = max(fence, 1),",
    ),
  },
  { name: "nobody asks after an offer that is not acknowledged", numbers: { ackMs: 10 ** 12 } },
  { name: "a lease is given away after 40 s", numbers: { giveAwayMs: 40_000, bootGraceMs: 40_000 } },
  // It takes a cut longer than a lease, work as long, and a free runner beside: one seed in hundreds.
  { name: "a runner does not stop what it has no lease for", numbers: { selfFenceMs: 10 ** 12 }, from: 801 },
  {
    name: "at-most-once work is begun again after a loss",
    wrapHub: (hub) => ({
      async start({ holder, execution, fence }) {
        await hub.renew({ holder, running: [{ execution, fence }] });
        return { timeoutMs: 60_000 };
      },
    }),
  },
  {
    name: "a cap is counted in memory that a crash forgets",
    rewrite: (sql, generation) =>
      generation === 1
        ? sql
        : sql.replace(/(place <= cap_max|<= \(g\.value ->> '\$\[22\]'\)) - \(SELECT/, "$1 - 0 * (SELECT"),
  },
  {
    name: "a key is looked up first and taken later",
    rewrite: (sql) =>
      sql.includes("FROM idempotency WHERE project = ? AND scope = ? AND key = ? AND execution_id")
        ? sql.replace("WHERE EXISTS", "WHERE true OR EXISTS")
        : sql,
  },
  {
    name: "a cancellation of what runs is forgotten when it is tried again",
    rewrite: replaced(
      "UPDATE executions SET cancel_requested = 1 WHERE",
      "UPDATE executions SET cancel_requested = cancel_requested WHERE",
    ),
    wrapHub: (hub, { real }) => ({
      async cancel(args) {
        const { rows } = await real.execute({
          sql: "SELECT status FROM executions WHERE id = ?",
          args: [args.id],
        });
        const status = rows[0]?.status;
        return status === "offered" || status === "running" ? { status } : await hub.cancel(args);
      },
    }),
  },
  {
    name: "a completion is answered before it is on disk",
    wrapHub: (hub) => ({
      async complete(args) {
        hub.complete({ ...args, want: 0 }).catch(() => undefined);
        const results = args.outcomes.map(({ execution, fence }) => ({
          execution,
          fence,
          result: "ok" as const,
        }));
        return { results, jobs: [] };
      },
    }),
  },
  {
    name: "a call is accepted before it is on disk",
    wrapHub: (hub) => ({
      async invoke(args, signal) {
        if (args.waitMs > 0 || args.execution.idempotency !== null) return await hub.invoke(args, signal);
        hub.invoke(args, signal).catch(() => undefined);
        return { kind: "accepted", id: args.execution.id, status: "queued" };
      },
    }),
  },
  {
    name: "an outcome that comes too late is taken all the same",
    wrapHub: (hub, { real }) => ({
      async complete(args) {
        const answer = await hub.complete(args);
        for (const [i, { execution, outcome }] of args.outcomes.entries()) {
          if (answer.results[i]?.result !== "fenced" || outcome.status !== "succeeded") continue;
          await real.execute({
            sql: "UPDATE executions SET status = 'succeeded' WHERE id = ?",
            args: [execution],
          });
        }
        return answer;
      },
    }),
  },
];

/** What a planted bug changes, until `undo`. */
export interface Planting {
  rewrite: Rewrite | null;
  wrapHub: (hub: Hub, database: SimDatabase) => Hub;
  undo(): void;
}

/** Puts a bug in; null: none. */
export function planting(plant: Plant | null): Planting {
  const before = { ...leaseNumbers };
  Object.assign(leaseNumbers, plant?.numbers ?? {});
  return {
    rewrite: plant?.rewrite ?? null,
    wrapHub(hub, database) {
      const changed = plant?.wrapHub?.(hub, database) ?? {};
      // Methods of a class are not its own properties: whatever is not changed is asked of the hub itself.
      return new Proxy(hub, {
        get(target, name) {
          const own = Reflect.get(changed, name);
          if (own !== undefined) return own;
          const method: unknown = Reflect.get(target, name);
          return typeof method === "function" ? method.bind(target) : method;
        },
      });
    },
    undo: () => void Object.assign(leaseNumbers, before),
  };
}
