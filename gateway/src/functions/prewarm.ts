import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { createResolver } from "./resolve.ts";
import { wantOf } from "./warm-wants.ts";

/** A sandbox is asked for so long before it is needed. */
const aheadMs = 30_000;
/** And kept warm so long after, in case it starts late. */
const lateMs = 60_000;

/**
 * Has sandboxes of a version, or of both of a split, warm when they are needed at a known time, such as the next run of a schedule: `count` of them (one), from half a
 * minute before `atMs` until a minute after. The hub remembers it in memory alone, so whoever knows the time says it again when the hub may
 * have restarted; the same again is the same. Throws `not_found` and `version_not_ready`.
 */
export async function prewarm(
  deps: { ports: Ports; hub: Hub },
  needed: { project: string; reference: string; atMs: number; count?: number },
): Promise<void> {
  const { project, reference, atMs, count = 1 } = needed;
  const targets = await createResolver(deps).all(project, reference);
  for (const [at, target] of targets.entries()) {
    await deps.hub.prewarm({
      want: { ...wantOf(project, target, count), ...(at === 0 ? {} : { isCanary: true }) },
      fromMs: atMs - aheadMs,
      untilMs: atMs + lateMs,
    });
  }
}
