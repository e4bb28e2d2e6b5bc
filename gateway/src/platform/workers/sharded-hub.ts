import { ProblemError } from "@pulse/schema/problem";
import type { Holder, Hub, PoolScope, RunnerLive } from "../../hub.ts";
import { controlObject, poolObject } from "./object-name.ts";
import type { Places } from "./places.ts";

/** Objects that are asked what they counted: each is a subrequest. */
const measuredMost = 100;

/**
 * One hub made of many: each pool's work is at the object of that pool, what a project has in common at the project's control object. A
 * call goes to the one that its arguments name; where they name an execution or a runner, its pool is looked up once.
 */
export function shardedHub(objectAt: (name: string) => Hub, places: Places): Hub {
  const poolAt = (place: PoolScope) => objectAt(poolObject(place));
  const ofExecution = async (id: string): Promise<Hub> => {
    const place = await places.ofExecution(id);
    if (place === null) throw new ProblemError("not_found", `there is no execution ${id}`);
    return poolAt(place);
  };
  const ofHolder = async ({ runner }: Holder): Promise<Hub> => {
    const place = await places.ofRunner(runner);
    if (place !== null) return poolAt(place);
    throw new ProblemError("invalid_credential", "this runner is not known here, or was revoked");
  };

  return {
    invoke(args, signal) {
      const { id, pool, job } = args.execution;
      const place = { project: job.project, pool };
      places.note(id, place);
      return poolAt(place).invoke(args, signal);
    },
    wait: async (args, signal) => (await ofExecution(args.id)).wait(args, signal),
    cancel: async (args) => (await ofExecution(args.id)).cancel(args),
    async watchLogs(args, signal) {
      const place = await places.ofExecution(args.id);
      return place === null ? { ticket: 0, ended: true } : poolAt(place).watchLogs(args, signal);
    },
    watchEvents: (args, signal) => objectAt(controlObject(args.project)).watchEvents(args, signal),
    take: (args) => objectAt(controlObject(args.project)).take(args),
    changed: (args) => objectAt(controlObject(args.project)).changed(args),
    async warmChanged(args) {
      await Promise.all(
        (await places.ofProject(args.project)).map((place) => poolAt(place).warmChanged(args)),
      );
    },
    prewarm: (args) => poolAt({ project: args.want.order.project, pool: args.want.pool }).prewarm(args),
    logged: async (args) => (await ofHolder(args.holder)).logged(args),
    async capChanged(args) {
      await Promise.all((await places.ofCap(args.key)).map((place) => poolAt(place).capChanged(args)));
    },
    openSession(args) {
      places.note(args.runner.id, args.runner);
      return poolAt(args.runner).openSession(args);
    },
    endSession: async (args) => (await ofHolder(args.holder)).endSession(args),
    sync: async (args, signal) => (await ofHolder(args.holder)).sync(args, signal),
    renew: async (args) => (await ofHolder(args.holder)).renew(args),
    start: async (args) => (await ofHolder(args.holder)).start(args),
    request: async (args) => (await ofHolder(args.holder)).request(args),
    response: async (args, signal) => (await ofHolder(args.holder)).response(args, signal),
    complete: async (args) => (await ofHolder(args.holder)).complete(args),
    release: async (args) => (await ofHolder(args.holder)).release(args),
    holding: async (args) => (await ofHolder(args.holder)).holding(args),
    async runnerChanged(args) {
      const place = args.record ?? (await places.ofRunner(args.id));
      if (place !== null) await poolAt(place).runnerChanged(args);
    },
    explain: (args) => poolAt(args).explain(args),
    async measures({ pools }) {
      const projects = [...new Set(pools.map(({ project }) => project))];
      const common = projects.map((project) => ({ of: { project, pool: "" }, name: controlObject(project) }));
      const all = [...common, ...pools.map((of) => ({ of, name: poolObject(of) }))];
      const answers = await Promise.allSettled(
        all.slice(0, measuredMost).map(async ({ of, name }) => {
          const { parts } = await objectAt(name).measures({ pools: [] });
          return parts.map((part) => ({ ...part, of }));
        }),
      );
      const parts = answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      return { parts: parts.flat(), silent: all.length - parts.length };
    },
    async runnersLive({ ids, ...rest }) {
      const byObject = new Map<string, string[]>();
      for (const id of ids) {
        const place = await places.ofRunner(id);
        if (place === null) continue;
        const name = poolObject(place);
        byObject.set(name, [...(byObject.get(name) ?? []), id]);
      }
      const asked = [...byObject].map(([name, some]) => objectAt(name).runnersLive({ ids: some, ...rest }));
      const live: RunnerLive[][] = await Promise.all(asked);
      return live.flat();
    },
  };
}
