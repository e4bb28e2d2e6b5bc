import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { World } from "../world.ts";
import { pulseIn } from "./sources.suite.ts";

/** `pulse apply` as a program: plan, apply, again, prune, and what is wrong. */
export function applySuite(world: () => World): void {
  describe("pulse apply", () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "pulse-apply-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const pulse = (...args: string[]) => pulseIn(world(), "apply", folder, ...args);
    const put = (path: string, text: string) => {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    const status = async (path: string) => (await world().call(path)).status;
    const says = (word: string) => `export default () => new Response(${JSON.stringify(word)});\n`;
    const hooks = "webhooks:\n  ap-hook: { provider: github, target: { function: ap-greets } }\n";
    const times = "schedules:\n  ap-nightly: { every: 1h, target: { workflow: ap-tidy } }\n";

    test("shows the plan and does nothing, does it, and finds nothing to do the second time", async () => {
      put("pulse.yaml", times + hooks);
      put("functions/ap-greets/pulse.jsonc", '{ "name": "ap-greets", "runtime": "typescript" } // greets\n');
      put("functions/ap-greets/index.ts", says("one"));
      put("workflows/ap-tidy.yaml", "steps:\n  - { name: Rest, type: wait, duration: 1 }\n");
      const made = ["function ap-greets", "workflow ap-tidy", "schedule ap-nightly", "webhook ap-hook"];
      const plan = await pulse("--dry-run");
      expect([plan.code, plan.err.trim().split("\n")]).toEqual([20, made.map((one) => `+ ${one}`)]);
      expect(await status("/v1/workflows/ap-tidy")).toBe(404);
      const unasked = await pulse();
      expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining("--yes")]);
      const done = await pulse("--yes");
      expect([done.code, done.err.match(/^✓ .*$/gm)]).toEqual([0, made.map((one) => `✓ ${one} created`)]);
      expect(done.out).toMatch(/^ap-hook {2}http:\S+\/hooks\/hook_\S+ {2}\S{40,}\n$/);
      expect(await (await world().call("/f/ap-greets")).text()).toBe("one");
      const again = await pulse("--yes");
      expect(again).toMatchObject({
        code: 0,
        out: "",
        err: expect.stringContaining("= 4 as they should be"),
      });
      expect(again.err).not.toMatch(/^[+~✓-] (function|workflow|schedule|webhook)/m);
      expect((await pulse("--dry-run")).code).toBe(0);
    });

    test("changes what differs, and removes what is listed only with --prune", async () => {
      put("functions/ap-greets/index.ts", says("two"));
      put("pulse.yaml", `${times}removed: { webhooks: [ap-hook] }\n`);
      const plan = await pulse("--dry-run", "--json");
      const acts = JSON.parse(plan.out).plan.map(({ name, act }: Record<string, string>) => `${name} ${act}`);
      expect(acts).toEqual([
        "ap-greets change",
        "ap-tidy unchanged",
        "ap-nightly unchanged",
        "ap-hook remove",
      ]);
      const kept = await pulse("--yes");
      expect([kept.code, kept.err]).toEqual([0, expect.stringMatching(/^- webhook ap-hook {2}\(.*--prune/m)]);
      expect(await (await world().call("/f/ap-greets")).text()).toBe("two");
      expect(await status("/v1/webhooks/ap-hook")).toBe(200);
      expect(await pulse("--yes", "--prune")).toMatchObject({
        code: 0,
        err: expect.stringContaining("ap-hook"),
      });
      expect(await status("/v1/webhooks/ap-hook")).toBe(404);
      expect((await pulse("--dry-run", "--prune")).code).toBe(0);
    });

    test("tells everything that is wrong in a file with its place, exits with 6, and does nothing", async () => {
      put(
        "pulse.yaml",
        "schedules:\n  ap-nightly: { every: 1h }\n  ap-new: { target: { workflow: ap-tidy } }\n",
      );
      const layout = await pulse("--yes");
      expect([layout.code, layout.out]).toEqual([6, ""]);
      expect(layout.err).toMatch(/pulse\.yaml:2:\d+: error \/schedules\/ap-nightly/);
      expect(layout.err).toMatch(/pulse\.yaml:3:\d+: error \/schedules\/ap-new/);
      put("pulse.yaml", `${Array.from({ length: 200 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")}\n`);
      const deep = await pulse("--yes");
      expect([deep.code, deep.err]).toEqual([
        6,
        expect.stringMatching(/pulse\.yaml:101:101: error: nests deeper than 100 levels/),
      ]);
      put("pulse.yaml", times);
      put("functions/ap-deep/pulse.jsonc", "[".repeat(100_000));
      const settings = await pulse("--yes");
      expect([settings.code, settings.err]).toEqual([
        6,
        expect.stringContaining("functions/ap-deep: error: pulse.jsonc: nests deeper than 50 levels"),
      ]);
      rmSync(join(folder, "functions/ap-deep"), { recursive: true });
      put("workflows/ap-tidy.yaml", "steps:\n  - { name: Rest, type: wait, duration: 2 }\n");
      put("workflows/ap-bad.yaml", "steps:\n  - { name: Rest, type: nothing }\n");
      const bad = await pulse("--yes");
      expect([bad.code, bad.err]).toEqual([6, expect.stringMatching(/ap-bad\.yaml:2:\d+: error \/steps\/0/)]);
      expect(await (await world().call("/v1/workflows/ap-tidy")).json()).toMatchObject({ revision: 1 });
    });
  });
}
