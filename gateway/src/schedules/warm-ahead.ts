import { ProblemError } from "@pulse/schema/problem";
import { prewarm } from "../functions/prewarm.ts";
import type { StartDeps } from "./start-tick.ts";
import { createScheduleStore } from "./store.ts";
import { jitterOf } from "./ticks/due-ticks.ts";

/** So long before a tick its function is made warm, and so long after a tick it stays so. */
export const aheadMs = 35_000;
const staysMs = 55_000;
const most = 200;

/** Has the functions warm that schedules are about to call. */
export class WarmAhead {
  readonly #deps: StartDeps;
  /** Until when what each schedule calls is warm, epoch ms: the hub forgets it too when this process ends. */
  readonly #until = new Map<string, number>();

  constructor(deps: StartDeps) {
    this.#deps = deps;
  }

  /** Looks at what comes next. What cannot be warmed is called cold. */
  async look(project: string | null): Promise<void> {
    const { ports } = this.#deps;
    const now = ports.now();
    for (const [id, until] of this.#until) if (until < now) this.#until.delete(id);
    const rows = await createScheduleStore(ports.database).ahead(project, now, now + aheadMs, most);
    for (const { id, project: owner, target, nextAt, jitterMs } of rows) {
      if (!("function" in target) || nextAt === null || (this.#until.get(id) ?? 0) >= nextAt) continue;
      const atMs = nextAt + (await jitterOf(id, nextAt, jitterMs));
      this.#until.set(id, atMs + staysMs);
      await prewarm(this.#deps, { project: owner, reference: target.function, atMs }).catch(
        (error: unknown) => {
          if (error instanceof ProblemError) return;
          ports.log.error("a function of a schedule is not made warm", error, { schedule: id });
        },
      );
    }
  }
}
