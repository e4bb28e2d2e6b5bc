import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Fleet, openPrompt } from "./fleet.ts";

/** A definition as operators have it. */
function existing(name: string): unknown {
  const url = new URL(`../../schema/src/workflow/examples/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

/** Definitions that operators run today, as they are; only the programs that they call stand in for the machines'. */
export function existingDefinitionsSuite(fleet: () => Fleet): void {
  const each = (what: string) => fleet().names.map((name) => `${name} ${what}`);
  const told = (what: string) =>
    fleet()
      .story()
      .filter((line) => line.endsWith(` ${what}`))
      .sort();
  const statuses = (view: { run: { steps: { status: string }[] } }) =>
    view.run.steps.map(({ status }) => status);

  describe("definitions that exist run as they are", () => {
    test("disk space is looked at on every machine, and each has its own lines", async () => {
      const id = await fleet().run(existing("check-disk-space"));
      const { status, run } = await fleet().ended(id);
      expect(status).toBe("succeeded");
      const [step] = run.steps;
      expect(step?.targets.map(({ runner, exitCode }) => [runner, exitCode])).toEqual(
        fleet()
          .names.toSorted()
          .map((name) => [name, 0]),
      );
      const of = step?.targets[0]?.execution;
      const log = await fleet().world.call(`/v1/executions/${of}/logs`);
      expect(await log.text()).toMatch(/Filesystem|Mounted on/);
    });

    test("yes to the upgrade and no to the reboot", async () => {
      const id = await fleet().run(existing("interactive-system-update"));
      const asked = await fleet().until(id, "it asks", ({ run }) => openPrompt(run, /Proceed/) !== undefined);
      expect([asked.status, told("apt update")]).toEqual(["waiting", each("apt update").sort()]);
      expect(told("apt upgrade -y")).toEqual([]);
      await fleet().answer(id, /Proceed with upgrade/, "Yes");
      await fleet().answer(id, /Reboot servers/, "No");
      const view = await fleet().ended(id);
      expect([view.status, statuses(view)]).toEqual([
        "succeeded",
        ["succeeded", "succeeded", "succeeded", "succeeded", "skipped"],
      ]);
      expect([told("apt upgrade -y"), told("reboot ")]).toEqual([each("apt upgrade -y").sort(), []]);
    });

    test("no to the upgrade still asks for the reboot, which then happens once on each machine", async () => {
      const id = await fleet().run(existing("interactive-system-update"));
      await fleet().answer(id, /Proceed with upgrade/, "No");
      await fleet().answer(id, /Reboot servers/, "Yes");
      const view = await fleet().ended(id);
      expect([view.status, statuses(view)]).toEqual([
        "succeeded",
        ["succeeded", "succeeded", "skipped", "succeeded", "succeeded"],
      ]);
      expect([told("apt upgrade -y"), told("reboot ")]).toEqual([[], each("reboot ").sort()]);
    });

    test("a backup is made, waited for, verified, and old ones are deleted after a yes", async () => {
      const id = await fleet().run(existing("backup-with-verification"));
      await fleet().answer(id, /Delete old backups/, "Yes");
      const view = await fleet().ended(id);
      expect([view.status, new Set(statuses(view))]).toEqual(["succeeded", new Set(["succeeded"])]);
      for (const name of fleet().names) {
        const machine = fleet().machine(name);
        const made = [expect.stringMatching(/^backup-\d{8}\.tar\.gz$/), "older"];
        expect([name, machine.files("tmp"), machine.files("tmp/older")]).toEqual([name, made, []]);
      }
      const [made, waited, verified] = view.run.steps;
      const pause = Date.parse(waited?.finishedAt ?? "") - Date.parse(made?.finishedAt ?? "");
      expect(pause).toBeGreaterThanOrEqual(5000);
      const log = await fleet().world.call(`/v1/executions/${verified?.targets[0]?.execution}/logs`);
      expect(await log.text()).toContain("OK");
    });
  });
}
