import { listExecutions } from "@pulse/schema/wire/executions";
import { beforeAll, describe, expect, test } from "vitest";
import type { World } from "../world.ts";

const callersAtOnce = 32;

/** What holds while a runner has more work than slots all the time. */
export function busySuite(of: () => World, calls: number): void {
  describe("many callers at once", () => {
    let world: World;
    beforeAll(async () => {
      world = of();
      await world.deploy("busy", { "index.ts": "export const handler = ({ n }) => ({ twice: n * 2 });" });
    }, 60_000);

    /** Calls with 1 to `calls`, `callersAtOnce` at a time; answers the distinct results of `read`. */
    async function callAll<T>(
      headers: Record<string, string>,
      read: (response: Response, n: number) => Promise<T>,
    ) {
      const seen: T[] = [];
      let next = 0;
      const caller = async () => {
        while (next < calls) {
          const n = ++next;
          const response = await world.call("/f/busy", {
            method: "POST",
            body: JSON.stringify({ n }),
            headers,
          });
          seen.push(await read(response, n));
        }
      };
      await Promise.all(Array.from({ length: callersAtOnce }, caller));
      return seen;
    }

    test("every call gets its own answer, and ran once", async () => {
      const since = new Date().toISOString();
      const answers = await callAll({}, async (response, n) => {
        const text = await response.text();
        return response.status === 200 && text === JSON.stringify({ twice: n * 2 }) ? "right" : text;
      });
      expect(answers.filter((answer) => answer !== "right")).toEqual([]);
      expect(answers).toHaveLength(calls);
      const { succeeded, ...others } = await attemptsSince(since);
      expect(others).toEqual({});
      expect(succeeded).toBe(calls);
    }, 120_000);

    test("every accepted call is done, once", async () => {
      const since = new Date().toISOString();
      const statuses = await callAll({ prefer: "respond-async" }, async (response) => {
        await response.arrayBuffer();
        return response.status;
      });
      expect(statuses.filter((status) => status !== 202)).toEqual([]);
      await expect
        .poll(() => attemptsSince(since), { timeout: 90_000, interval: 250 })
        .toEqual({ succeeded: calls });
    }, 120_000);

    /** How the executions since a time stand, counted; what was tried more than once is counted apart. */
    async function attemptsSince(since: string): Promise<Record<string, number>> {
      const counts: Record<string, number> = {};
      let cursor: string | undefined;
      do {
        const query = { name: "busy", since, limit: 200, ...(cursor === undefined ? {} : { cursor }) };
        const page = await world.client.call(listExecutions, { query, signal: world.signal });
        for (const { status, attempt } of page.items) {
          const kind = attempt > 1 ? `${status}, attempt ${attempt}` : status;
          counts[kind] = (counts[kind] ?? 0) + 1;
        }
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return counts;
    }
  });
}
