import { setTimeout as sleep } from "node:timers/promises";
import { isTerminal } from "@pulse/schema/status";
import { listExecutions } from "@pulse/schema/wire/executions";
import type { Sighting } from "./classify.ts";
import type { Cluster } from "./cluster.ts";

/** Looks at the newest executions again and again, as somebody before the dashboard does, and keeps every end it sees. */
export async function watchEnds(cluster: Cluster, sightings: Sighting[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items } = await cluster.client.call(listExecutions, {
        query: { kind: "function", limit: 200 } as never,
        signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      });
      for (const { id, status, attempt, endedAt } of items) {
        if (isTerminal(status) && endedAt !== null) {
          sightings.push({ id, status, attempt, endedAt: Date.parse(endedAt) });
        }
      }
    } catch {
      // The gateway is down: that is the point.
    }
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
}

/** How many executions are not over. Throws what the gateway answers. */
export async function openOnes(cluster: Cluster): Promise<number> {
  const { items } = await cluster.client.call(listExecutions, {
    query: { status: "scheduled,queued,offered,running,waiting", limit: 200 } as never,
    signal: AbortSignal.timeout(10_000),
  });
  return items.length;
}
