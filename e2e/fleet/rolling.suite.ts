import { describe, expect, test } from "vitest";
import { type Fleet, stepOf, targetsOf } from "./fleet.ts";

const web = ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6"];

/** A patch that goes through a pool batch by batch. */
export function rollingSuite(fleet: () => Fleet): void {
  describe("a rolling patch", () => {
    test("asks between batches, stops over the threshold, and rolls back in reverse order where it was begun", async () => {
      for (const name of ["web-3", "web-4"]) fleet().machine(name).spoil();
      const id = await fleet().run({
        rollback: "auto",
        steps: [
          {
            ...{
              id: "drain",
              name: "Drain",
              type: "execute",
              targets: ["group:web"],
              command: "mark drained",
            },
            rollback: [
              {
                id: "refill",
                name: "Refill",
                type: "execute",
                targets: ["@touched"],
                command: "mark filled",
              },
            ],
          },
          {
            ...{ id: "patch", name: "Patch", type: "execute", command: "mark patched; well" },
            targets: {
              select: ["group:web"],
              strategy: { mode: "rolling", canary: 1, batch: 2, confirm: "everyBatch", maxFailures: 1 },
            },
            rollback: [
              { id: "undo", name: "Undo", type: "execute", targets: ["@touched"], command: "mark undone" },
            ],
          },
          { id: "test", name: "Test", type: "execute", targets: ["group:web"], command: "mark tested" },
        ],
        finally: [
          { id: "last", name: "Last", type: "execute", targets: ["db-primary"], command: "mark last" },
        ],
      });
      const done = (what: string) =>
        fleet()
          .story()
          .flatMap((line) => (line.endsWith(` ${what}`) ? [line.split(" ")[0]] : []))
          .sort();
      for (const count of [1, 3]) {
        await fleet().answer(id, new RegExp(`Patch: ${count} of 6`), "Continue");
        // Nobody has said more: the next batch is the last that has begun.
        await fleet().until(id, "the batch is done", (view) => {
          const ended = Object.values(targetsOf(view, "patch")).filter((one) => /succeeded|failed/.test(one));
          return ended.length === count + 2;
        });
        expect(done("patched")).toEqual(web.slice(0, count + 2));
      }
      const view = await fleet().ended(id);
      expect(view).toMatchObject({
        status: "failed",
        error: { message: expect.stringContaining("web-3, web-4") },
      });
      expect(targetsOf(view, "patch")).toEqual({
        ...{ "web-1": "succeeded", "web-2": "succeeded", "web-3": "failed", "web-4": "failed" },
        ...{ "web-5": "succeeded", "web-6": "blocked" },
      });
      expect(stepOf(view, "test").status).toBe("blocked");
      expect([done("undone"), done("filled"), done("tested")]).toEqual([web.slice(0, 5), web, []]);
      const story = fleet().story();
      const order = ["undone", "filled", "last"].map((what) =>
        story.findIndex((line) => line.endsWith(` ${what}`)),
      );
      const lastUndone = story.findLastIndex((line) => line.endsWith(" undone"));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect(lastUndone).toBeLessThan(order[1] ?? 0);
      for (const name of web) fleet().machine(name).spoil(false);
    });

    test("goes through without failures, the canary first and never more than a batch at once", async () => {
      const id = await fleet().run({
        steps: [
          {
            ...{ id: "patch", name: "Patch", type: "execute", command: "mark begins; sleep 0.1; mark ends" },
            targets: {
              select: ["group:web"],
              strategy: { mode: "rolling", canary: 1, batch: "40%", confirm: "afterCanary", pause: "100ms" },
            },
          },
        ],
      });
      await fleet().answer(id, /Patch: 1 of 6 targets are done/, "Continue");
      const view = await fleet().ended(id);
      expect([view.status, view.run.prompts.length]).toEqual(["succeeded", 1]);
      const story = fleet().story();
      expect(story.slice(0, 2)).toEqual(["web-1 begins", "web-1 ends"]);
      let [open, most] = [0, 0];
      for (const line of story) {
        open += line.endsWith(" begins") ? 1 : -1;
        most = Math.max(most, open);
      }
      expect([story.length, most]).toEqual([12, 2]);
    });

    test("that nobody wants to go on leaves the rest as it was", async () => {
      const id = await fleet().run({
        steps: [
          {
            ...{ id: "patch", name: "Patch", type: "execute", command: "mark patched" },
            targets: {
              select: ["group:web"],
              strategy: { mode: "rolling", canary: 2, confirm: "afterCanary" },
            },
          },
        ],
      });
      await fleet().answer(id, /Patch: 2 of 6/, "Stop");
      const view = await fleet().ended(id);
      expect(view.status).not.toBe("succeeded");
      expect(fleet().story().sort()).toEqual(["web-1 patched", "web-2 patched"]);
    });
  });
}
