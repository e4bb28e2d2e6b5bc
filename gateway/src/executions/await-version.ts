import { ProblemError } from "@pulse/schema/problem";
import { type Resolved, type Resolver, StillBuilding } from "../functions/resolve.ts";
import type { Deps } from "../http/context.ts";

const buildMostMs = 30_000;
const lookMs = 50;
const looks = 40;

/**
 * The version that a call goes to. A call of one that still builds waits for the build, up to 30 s, when its caller may call it.
 * Throws `not_found`, `version_not_ready`, and `no_runner` with the reason when no runner has taken the build by then.
 */
export async function resolveReady(
  deps: Pick<Deps, "hub" | "ports">,
  resolver: Resolver,
  { project, reference }: { project: string; reference: string },
  authorise: (of: StillBuilding["function"]) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Resolved> {
  try {
    return await resolver.resolve(project, reference);
  } catch (error) {
    if (!(error instanceof StillBuilding)) throw error;
    const { execution, pool, requires } = error.build;
    await authorise(error.function);
    const end = await deps.hub.wait({ id: execution, waitMs: buildMostMs }, signal);
    if (end.kind === "accepted") {
      if (end.status !== "queued" && end.status !== "scheduled") throw error;
      const why = await deps.hub.explain({ project, pool, requires });
      throw new ProblemError("no_runner", `${error.message}: ${why}`, { retryAfter: 5 });
    }
  }
  // The build has ended; what it changes is written a moment later.
  for (let look = 1; ; look++) {
    try {
      return await resolver.resolve(project, reference);
    } catch (error) {
      if (!(error instanceof StillBuilding) || look === looks) throw error;
      await new Promise<void>((resolve) => deps.ports.timer(lookMs, resolve));
    }
  }
}
