import { describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { type Fleet, stepOf, targetsOf } from "./fleet.ts";

/** Killed: one never to come back, one whose command goes on meanwhile, and one with all that it was running. */
const [removed, returns, poweredOff] = ["web-1", "web-2", "web-3"] as const;
const killed: readonly string[] = [removed, returns, poweredOff];
const cutOff = "app-1";
const slow = "web-4";
const refuses = "guarded";

/** Runners that die, are cut off, are slow or refuse while a step runs on all of them. */
export function lostRunnersSuite(fleet: () => Fleet): void {
  const wrote = async (line: string) =>
    until(`"${line}" is written`, async () => (fleet().story().includes(line) ? true : null));

  describe("a step on ten runners", () => {
    test("of which three are killed, one is cut off, one is slow and one refuses tells of each how it went, and begins nothing twice", async () => {
      const { names } = fleet();
      fleet()
        .machine(refuses)
        .allow({ commands: { mode: "allowlist" } });
      const id = await fleet().run({
        steps: [
          {
            id: "work",
            name: "Work",
            type: "execute",
            targets: ["all"],
            command: "mark begins; hold work; mark ends",
          },
          { id: "after", name: "After", type: "execute", targets: ["all"], command: "mark after" },
        ],
      });
      const begun = names.filter((name) => name !== refuses);
      for (const name of begun) await wrote(`${name} begins`);

      for (const name of [removed, returns]) await fleet().kill(name);
      await fleet().powerOff(poweredOff);
      fleet().wires.get(cutOff)?.cut();
      for (const name of begun) {
        if (name !== slow && !killed.includes(name)) fleet().machine(name).open("work");
      }
      await wrote(`${cutOff} ends`);
      // The others' ends are known, its own is not.
      const during = await fleet().until(id, "the ends that can be known are", (view) => {
        const open = Object.values(targetsOf(view, "work")).filter((status) => status === "submitted");
        return open.length === killed.length + 2;
      });
      expect(targetsOf(during, "work")).toMatchObject({ [cutOff]: "submitted", [slow]: "submitted" });

      fleet().wires.get(cutOff)?.mend();
      await Promise.all(killed.filter((name) => name !== removed).map((name) => fleet().join(name)));
      await fleet().remove(removed);
      const last = await fleet().until(id, "what goes on is left", (view) => {
        const open = Object.entries(targetsOf(view, "work")).flatMap(([name, status]) =>
          status === "submitted" ? name : [],
        );
        return open.length === 2 && open.includes(slow) && open.includes(returns);
      });
      expect(last.status).toBe("running");
      for (const name of [slow, returns]) fleet().machine(name).open("work");

      const view = await fleet().ended(id);
      expect([view.status, stepOf(view, "after").status]).toEqual(["failed", "blocked"]);
      const wanted = (name: string) =>
        name === refuses ? "failed" : name === removed || name === poweredOff ? "lost" : "succeeded";
      expect(targetsOf(view, "work")).toEqual(Object.fromEntries(names.map((name) => [name, wanted(name)])));
      const reasons = new Map(stepOf(view, "work").targets.map(({ runner, reason }) => [runner, reason]));
      expect(reasons.get(refuses)).toMatch(/policy refuses this/);
      expect(reasons.get(removed)).toBe("the runner was revoked");
      expect(reasons.get(poweredOff)).toBe(`runner ${poweredOff} restarted while it held the job`);
      expect(reasons.get(slow)).toBeNull();

      const count = (line: string) =>
        fleet()
          .story()
          .filter((one) => one === line).length;
      for (const name of names) {
        expect([name, count(`${name} begins`)]).toEqual([name, name === refuses ? 0 : 1]);
        expect([name, count(`${name} ends`)]).toEqual([name, wanted(name) === "succeeded" ? 1 : 0]);
        expect([name, count(`${name} after`)]).toEqual([name, 0]);
      }

      fleet().machine(refuses).allow({});
      fleet().machine(removed).open("work");
    });
  });
}
