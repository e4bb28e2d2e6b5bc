import { ProblemError } from "@pulse/schema/problem";
import { type KvFromJob, kvLimits } from "@pulse/schema/wire/kv";
import { Buckets } from "../dispatch/buckets.ts";
import type { Deps } from "../http/context.ts";
import type { Holder } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { type Access, deleteEntry, getEntry, listEntries, setEntry } from "./entries.ts";
import { ownSpace, sharedSpace } from "./space-of.ts";
import { createKvStore, type Place, type Writer } from "./store.ts";

const rates = new WeakMap<Pick<Ports, "now">, Buckets>();

/**
 * `ctx.kv` of a running job: what it asks is done in its function's own space, or in one that its version's settings name. Throws `fenced` for work that
 * somebody else has by now, `forbidden` for a space that is not declared, `rate_limited`, and what the operations throw.
 */
export async function kvOfJob(
  deps: Deps,
  { holder, execution, fence }: { holder: Holder; execution: string; fence: number },
  asked: KvFromJob,
): Promise<unknown> {
  const { ports } = deps;
  const access = await accessOf(deps, holder, { execution, fence, runner: holder.runner }, asked.shared);
  takeOne(ports, access);
  switch (asked.op) {
    case "get":
      return await getEntry(ports, access, asked.key);
    case "set":
      return await setEntry(ports, access, asked);
    case "delete":
      return await deleteEntry(ports, access, asked);
    case "list": {
      const { key: prefix, cursor = null, limit = kvLimits.page } = asked;
      return await listEntries(ports, access, { prefix, after: cursor, limit });
    }
  }
}

async function accessOf(
  { hub, ports }: Deps,
  holder: Holder,
  writer: Writer,
  shared: string | undefined,
): Promise<Access> {
  const { execution, fence } = writer;
  // The hub knows which process of the runner may speak. What goes on after its response (`waitUntil`) has settled there: that is for the row to say.
  await hub.holding({ holder, execution, fence }).catch((error: unknown) => {
    if (!(error instanceof ProblemError) || error.code !== "fenced") throw error;
  });
  const held = await createKvStore(ports.database).holder(writer, ports.now());
  if (held === null)
    throw new ProblemError("fenced", `execution ${execution} is not held under fence ${fence}`);
  const { project, functionId } = held;
  if (functionId === null)
    throw new ProblemError("forbidden", "only a function has a key-value store, and this job is none");
  if (shared === undefined) return { project, space: ownSpace(functionId), writer };
  if (!held.shared.includes(shared)) {
    throw new ProblemError("forbidden", `this version does not share the space ${JSON.stringify(shared)}`, {
      hint: `Name it in its settings and deploy: "kv": {"shared": [${JSON.stringify(shared)}]}.`,
    });
  }
  return { project, space: sharedSpace(shared), writer };
}

/** Counts one operation on a space in this process; throws `rate_limited` when there were too many in a minute. */
export function takeOne(ports: Pick<Ports, "now">, { project, space }: Place): void {
  const here = rates.get(ports) ?? new Buckets(ports.now);
  rates.set(ports, here);
  const { perMinute } = kvLimits;
  const [left] = here.take(project, [{ bucket: `kv ${space}`, perMinute }]);
  if (left === undefined || left.allowed) return;
  throw new ProblemError("rate_limited", `a space takes ${perMinute} operations a minute`, {
    retryAfter: left.retryAfter,
  });
}
