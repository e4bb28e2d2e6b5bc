import { describe, expect, test } from "vitest";
import { type Fleet, stepOf, targetsOf } from "./fleet.ts";

/** A step that begins at once and whose end is nobody's harm. */
const step = (id: string, targets: unknown, command = "mark ran") => ({
  ...{ id, name: id, type: "execute", targets, command, continueOnError: true, needs: [] as string[] },
});
const web = { select: ["group:web"] };

/** Whom a step is for, and how many of them may fail. */
export function targetsSuite(fleet: () => Fleet): void {
  const statuses = async (steps: unknown[], inputs: Record<string, unknown> = {}, more: object = {}) => {
    const view = await fleet().ended(await fleet().run({ ...more, steps }, inputs));
    return { view, by: Object.fromEntries(view.run.steps.map(({ id, status }) => [id, status])) };
  };

  describe("targets", () => {
    test("so many may fail, as a number or as a share that is rounded down", async () => {
      for (const name of ["web-1", "web-2"]) fleet().machine(name).spoil();
      const most = { one: 1, two: 2, third: "33%", more: "34%" };
      const steps = Object.entries(most).map(([id, maxFailures]) =>
        step(id, { ...web, strategy: { mode: "parallel", maxFailures } }, "well"),
      );
      const { view, by } = await statuses(steps);
      for (const name of ["web-1", "web-2"]) fleet().machine(name).spoil(false);
      expect(by).toEqual({ one: "failed", two: "succeeded", third: "failed", more: "succeeded" });
      expect(stepOf(view, "two").targets.map(({ exitCode }) => exitCode)).toEqual([1, 1, 0, 0, 0, 0]);
    });

    test("who is selected: names, patterns, pools, labels, conditions, and all but some", async () => {
      const { view } = await statuses(
        [
          step("name", ["web-2", "db-primary"]),
          step("glob", ["name:app-?"]),
          step("bare_pool", ["web", "!tag:frozen"]),
          step("label", ["label:env=staging", "label:env=dev"]),
          step("where", { select: ["all"], where: "labels.env !== 'prod' && group === inputs.group" }),
          step("count", { select: ["group:web"], count: "50%", order: "name" }),
        ],
        { group: "default" },
        { inputs: { group: { type: "string" } } },
      );
      const names = (id: string) => Object.keys(targetsOf(view, id)).sort();
      expect(Object.fromEntries(view.run.steps.map(({ id }) => [id, names(id)]))).toEqual({
        name: ["db-primary", "web-2"],
        glob: ["app-1", "app-2"],
        bare_pool: ["web-1", "web-2", "web-3", "web-4", "web-5"],
        label: ["app-1", "app-2", "guarded"],
        where: ["app-1", "app-2", "guarded"],
        count: ["web-1", "web-2", "web-3"],
      });
      expect(view.status).toBe("succeeded");
    });

    test("nobody to run on fails a step, or skips it where it says so", async () => {
      const { by } = await statuses([
        step("usual", ["label:env=none"]),
        step("skips", { select: ["label:env=none"], empty: "skip" }),
        step("none_fits", { ...web, where: "metrics.memFree < 0", empty: "fail" }),
        step("unknown", ["nowhere"]),
      ]);
      expect(by).toEqual({ usual: "failed", skips: "skipped", none_fits: "failed", unknown: "failed" });
      expect(fleet().story()).toEqual([]);
    });

    test("who is not there fails, is skipped or is waited for", async () => {
      const drain = (how: "drain" | "resume") => fleet().send("POST", `/v1/runners/web-5/${how}`, {});
      await drain("drain");
      const all = { usual: {}, fails: { unavailable: "fail" }, skips: { unavailable: "skip" } };
      const { view, by } = await statuses([
        ...Object.entries(all).map(([id, more]) => step(id, { ...web, ...more }, `mark ${id}`)),
        step("named", ["web-5"]),
      ]);
      expect(by).toEqual({ usual: "succeeded", fails: "failed", skips: "succeeded", named: "failed" });
      expect(stepOf(view, "usual").targets.find(({ runner }) => runner === "web-5")).toMatchObject({
        ...{ status: "skipped", reason: "draining", execution: null },
      });
      expect(
        fleet()
          .story()
          .filter((line) => /web-5|fails/.test(line)),
      ).toEqual([]);

      fleet().forget();
      const id = await fleet().run({ steps: [step("waits", { ...web, unavailable: "wait" })] });
      await fleet().until(id, "the others are done", (one) => {
        const ends = Object.values(targetsOf(one, "waits"));
        return ends.filter((status) => status === "succeeded").length === 5;
      });
      expect(fleet().story()).not.toContain("web-5 ran");
      await drain("resume");
      expect(await fleet().ended(id)).toMatchObject({ status: "succeeded" });
      expect(
        fleet()
          .story()
          .filter((line) => line === "web-5 ran"),
      ).toHaveLength(1);
    });

    test("an error handler goes where its step failed, and what tidies up where anything was begun", async () => {
      for (const name of ["web-2", "web-3"]) fleet().machine(name).spoil();
      const id = await fleet().run({
        steps: [
          { id: "first", name: "First", type: "execute", targets: ["app-1"], command: "mark first" },
          {
            ...{
              id: "risky",
              name: "Risky",
              type: "execute",
              targets: ["group:web", "!tag:frozen"],
              command: "well",
            },
            onFailure: {
              // biome-ignore lint/suspicious/noThenProperty: the word of the format.
              then: "fail",
              steps: [
                { id: "logs", name: "Logs", type: "execute", targets: ["@failed"], command: "mark collects" },
              ],
            },
          },
        ],
        finally: [
          {
            id: "tidy",
            name: "Tidy",
            type: "execute",
            targets: ["@touched", "!web-4"],
            command: "mark tidies",
          },
        ],
      });
      const view = await fleet().ended(id);
      for (const name of ["web-2", "web-3"]) fleet().machine(name).spoil(false);
      expect(view.status).toBe("failed");
      expect(
        fleet()
          .story()
          .filter((line) => !line.endsWith(" first"))
          .sort(),
      ).toEqual([
        ...[
          "app-1 tidies",
          "web-1 tidies",
          "web-2 collects",
          "web-2 tidies",
          "web-3 collects",
          "web-3 tidies",
        ],
        "web-5 tidies",
      ]);
    });

    test("a second try is only for those on which the first failed", async () => {
      for (const name of ["web-1", "web-4"]) fleet().machine(name).spoil();
      const id = await fleet().run({
        steps: [
          {
            ...{
              id: "tries",
              name: "Tries",
              type: "execute",
              targets: ["group:web"],
              command: "mark tries; well",
            },
            retry: { attempts: 2, delay: "10ms" },
          },
        ],
      });
      const { status } = await fleet().ended(id);
      for (const name of ["web-1", "web-4"]) fleet().machine(name).spoil(false);
      expect(status).toBe("failed");
      const tries = fleet().names.flatMap((name) => {
        const count = fleet()
          .story()
          .filter((line) => line === `${name} tries`).length;
        return count === 0 ? [] : [[name, count]];
      });
      expect(Object.fromEntries(tries)).toEqual({
        "web-1": 2,
        "web-2": 1,
        "web-3": 1,
        "web-4": 2,
        "web-5": 1,
        "web-6": 1,
      });
    });
  });
}
