import type { Ports } from "../../ports.ts";
import { type Outcome, outcomeShape } from "../advance/events.ts";
import type { Outside } from "./outside.ts";

/** A fleet that does what it is asked at once, and remembers how often. It lives on when a gateway does not. */
export class PlayedOutside {
  /** How often each job began, by run, key and target. */
  readonly started = new Map<string, number>();
  readonly runners: string[];
  /** How a job ends; null: it runs on. */
  job: (command: string, target: string) => Outcome | null = () => ({
    status: "succeeded",
    exitCode: 0,
    stdout: "",
  });
  /** Why there is no room for a job now; null: there is. */
  full: (target: string) => string | null = () => null;
  readonly #outcomes = new Map<string, Outcome>();

  constructor(runners: string[] = ["web-1", "web-2"]) {
    this.runners = runners;
  }

  /** The outside as one gateway sees it. */
  over({ database, now }: Ports): Outside {
    const { client } = database;
    return {
      resolve: async (_run, { targets, context }) => {
        const [only] = targets.select;
        const names =
          only === "@failed" ? context.failed : only === "@touched" ? context.touched : this.runners;
        const found = names.map((name) => ({ id: `rnr_${name}`, name, state: "run" as const, reason: null }));
        return { verdict: found.length === 0 ? targets.empty : "run", reason: null, targets: found };
      },
      submit: async (run, { key, job }, target) => {
        const why = this.full(target.name);
        if (why !== null) return { deferred: why };
        const id = `exe_${run.id}/${key}/${target.id}`;
        const outcome = this.job(job.kind === "command" ? (job.command ?? "") : job.kind, target.name);
        const { rowsAffected } = await client.execute({
          sql: `INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, parent_id, run_at,
              created_at, ended_at, trigger, job)
            VALUES (?, ?, 'command', ?, 'step', '', '', 'async', 'atMostOnce', 'workflow', ?, ?, ?, ?, '{}', '{}') ON CONFLICT DO NOTHING`,
          args: [
            ...[id, run.project, outcome === null ? "running" : outcome.status, run.id, now(), now()],
            outcome === null ? null : now(),
          ],
        });
        if (rowsAffected > 0) this.started.set(id, (this.started.get(id) ?? 0) + 1);
        if (outcome !== null) this.#outcomes.set(id, outcome);
        return { executionId: id };
      },
      cancel: async (_project, id) => {
        await client.execute({
          sql: "UPDATE executions SET status = 'cancelled', ended_at = ? WHERE id = ? AND ended_at IS NULL",
          args: [now(), id],
        });
      },
      outcome: async (_project, id) => {
        const known = this.#outcomes.get(id);
        if (known !== undefined) return known;
        const { rows } = await client.execute({
          sql: "SELECT status, error FROM executions WHERE id = ?",
          args: [id],
        });
        const error = JSON.parse(String(rows[0]?.error ?? "null"));
        return outcomeShape.parse({ status: rows[0]?.status, error });
      },
      call: async () => ({ status: "succeeded", output: { status: 200, headers: {}, body: null } }),
      notify: async () => ({ status: "succeeded" }),
      admit: async () => () => undefined,
      startFunction: async () => ({ status: "passed" }),
    };
  }
}
