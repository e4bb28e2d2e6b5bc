import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { tooLowScores } from "./lighthouse.ts";
import { callWith, resizer } from "./seeds.ts";

// It tells of times, so it runs alone: not in `.ci/lanes.ts`.
describe.skipIf(!hasChromium())("Lighthouse", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    await browsers.world.deploy("resize", { "main.py": resizer }, { runtime: "python" });
  });
  afterAll(() => browsers?.stop());

  test("gives sign-in, home, executions and an execution at least 95 in each of its four categories", async () => {
    for (let width = 0; width < 3; width += 1) await callWith(browsers.world, "resize", { width });
    const failed = await callWith(browsers.world, "resize", { height: 3 });
    const signedIn = ["/", "/executions", `/executions/${failed}`].map((path) => ({ path, session: true }));
    expect(await tooLowScores(browsers, [{ path: "/settings", session: false }, ...signedIn])).toEqual([]);
  }, 600_000);
});
