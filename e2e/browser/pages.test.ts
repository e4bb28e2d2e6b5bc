import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, type Look, startBrowserWorld } from "./browser.ts";
import { buildAndAnswerWorkflow, buildWithKeys } from "./builder-journey.ts";
import { hasChromium } from "./chromium.ts";
import { goByMenu, goFindDo, tickFirstSteps } from "./palette-journey.ts";
import { replayParts } from "./rerun-journey.ts";
import { callWith, deploySeeds, evil } from "./seeds.ts";
import { makeSettings } from "./settings-journey.ts";
import { makeAndUseTriggers } from "./trigger-journey.ts";
import { makeTriggers, type Receiver, startReceiver } from "./trigger-seeds.ts";
import { writeAndRunWorkflow } from "./workflow-journey.ts";
import { makeWorkflows } from "./workflow-seeds.ts";

const looks = (["light", "dark"] as const).flatMap((theme) =>
  (["en", "es"] as const).map((language): Look => ({ theme, language })),
);
const named = ({ theme, language }: Look) => `${theme} ${language}`;

/** Every route, by the first address of it: tabs and filters of the same page are walked in two looks that differ in everything. */
function inLook(paths: readonly string[], { theme, language }: Look): string[] {
  if ((theme === "light" && language === "en") || (theme === "dark" && language === "es")) return [...paths];
  const routes = new Map(paths.toReversed().map((path) => [path.split("?")[0], path]));
  return [...routes.values()].reverse();
}

const settings = [
  "/settings",
  "/settings/keys",
  "/settings/secrets",
  "/settings/people",
  "/settings/usage",
  "/settings/retention",
  "/settings/audit",
  "/settings/health",
];

/** Walks over pages in every look and collects what is wrong with each: axe, the console, the policy, what sticks out of a narrow screen. */
async function walk(browsers: BrowserWorld, paths: readonly string[], look: Look): Promise<string[]> {
  const wrong: string[] = [];
  const { page, complaints, open, close } = await browsers.visit(look);
  // Pages about what is not there.
  complaints.expect(/404|422/);
  for (const path of paths) {
    await open(path);
    const found = await axeViolations(page);
    wrong.push(...found.map((one) => `${named(look)} ${path}: ${one}`));
    wrong.push(...complaints.list().map((one) => `${named(look)} ${path}: ${one}`));
    if (look.width !== undefined) {
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) wrong.push(`${path} is ${over} px wider than a screen of ${look.width} px`);
    }
  }
  await close();
  return wrong;
}

describe.skipIf(!hasChromium())("every page of an empty gateway", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true });
  });
  afterAll(() => browsers?.stop());

  const paths = [
    "/",
    "/functions",
    "/functions/_new",
    "/executions",
    "/runners",
    "/runners/_console",
    "/runners/nobody",
    "/triggers",
    "/triggers?tab=schedules",
    "/triggers?tab=channels",
    "/workflows",
    "/inbox",
    "/workflows/_new?view=graph",
    ...settings,
    "/nowhere",
    "/setup",
  ];
  test.each(looks.map((look) => [named(look), look] as const))(
    "%s: no violation of accessibility or policy, no error",
    async (_, look) => {
      expect(await walk(browsers, inLook(paths, look), look)).toEqual([]);
      const signedOut = await browsers.visit({ ...look, signedIn: false });
      signedOut.complaints.expect(/401/);
      await signedOut.open("/executions");
      expect(await axeViolations(signedOut.page)).toEqual([]);
      expect(signedOut.complaints.list()).toEqual([]);
      await signedOut.close();
    },
  );

  test("every page fits a screen of 320 px", async () => {
    expect(await walk(browsers, paths, { width: 320, language: "es" })).toEqual([]);
  });

  // The last one: the gateway is not empty afterwards.
  test("the first steps are ticked as they are done", async () => {
    await tickFirstSteps(browsers);
  });
});

describe.skipIf(!hasChromium())("every page of a gateway at work", () => {
  let browsers: BrowserWorld;
  let receiver: Receiver;
  let paths: string[];
  beforeAll(async () => {
    receiver = await startReceiver();
    browsers = await startBrowserWorld({
      gatewayEnv: { PULSE_OUTBOUND_HOSTS: receiver.host },
      runnerEnv: { PULSE_COMMANDS: "allow" },
    });
    const { world } = browsers;
    await deploySeeds(world);
    const triggers = await makeTriggers(world, receiver);
    const workflows = await makeWorkflows(world);
    await makeSettings(world);
    const greeted = await callWith(world, "greet", { name: "Ada" });
    const failed = await callWith(world, "resize", { height: 3 });
    const talked = await callWith(world, "talk", {
      lines: 300,
      texts: [evil.html, evil.ansi],
      longest: 5000,
    });
    const sleeping = await callWith(world, "sleep", {}, true);
    paths = [
      "/",
      "/functions",
      "/functions/resize",
      "/functions/resize?tab=metrics",
      "/executions",
      "/executions?status=failed&since=24h",
      "/executions?name=nobody",
      "/executions?filter=stauts:failed",
      `/executions/${failed}/compare/${greeted}`,
      `/executions/${failed}`,
      `/executions/${failed}?tab=input`,
      `/executions/${greeted}?tab=result`,
      `/executions/${greeted}?tab=details`,
      `/executions/${talked}?line=2`,
      `/executions/${sleeping}`,
      "/executions/exe_nobody",
      "/runners",
      "/runners/_console?targets=all",
      "/runners/local",
      ...triggers,
      ...workflows,
      ...settings,
    ];
  });
  afterAll(async () => {
    await browsers?.stop();
    receiver?.server.close();
  });

  test("the first page says what happened, and by keyboard alone one goes, finds and does", async () => {
    await goFindDo(browsers, "release");
  });

  test("a screen of 320 px has a menu", async () => {
    await goByMenu(browsers);
  });

  test("a webhook, a schedule and a channel are made, used and stopped", async () => {
    await makeAndUseTriggers(browsers, receiver);
  });

  test("a workflow is written, run, answered, changed and disabled", async () => {
    await writeAndRunWorkflow(browsers);
  });

  test("a failed run is read over time, runs again in part, and is compared", async () => {
    await replayParts(browsers);
  });

  test("a workflow is built by dragging, and answered on a telephone", async () => {
    await buildAndAnswerWorkflow(browsers);
  });

  test("a workflow is built by keyboard alone", async () => {
    await buildWithKeys(browsers);
  });

  test.each(looks.map((look) => [named(look), look] as const))(
    "%s: no violation of accessibility or policy, no error",
    async (_, look) => {
      expect(await walk(browsers, inLook(paths, look), look)).toEqual([]);
    },
  );

  test("in high contrast too", async () => {
    const look = { theme: "contrast" } as const;
    expect(await walk(browsers, inLook(paths, look), look)).toEqual([]);
  });

  test("every page fits a screen of 320 px", async () => {
    expect(await walk(browsers, paths, { width: 320, language: "es" })).toEqual([]);
  });

  test("the first page takes at most 90 kB of JavaScript and 15 kB of CSS over the wire", async () => {
    const { page, open, close } = await browsers.visit();
    // By address: what a page that was loaded again asks for anew counts once.
    const sizes = { script: new Map<string, number>(), stylesheet: new Map<string, number>() };
    page.on("response", (response) => {
      const kind = response.request().resourceType();
      if (kind === "script" || kind === "stylesheet")
        sizes[kind].set(response.url(), Number(response.headers()["content-length"] ?? 0));
    });
    await open("/functions");
    await page.getByRole("link", { name: "resize" }).first().waitFor();
    const sum = (of: Map<string, number>) => [...of.values()].reduce((all, one) => all + one, 0);
    const bytes = { script: sum(sizes.script), stylesheet: sum(sizes.stylesheet) };
    process.stderr.write(`/functions: ${bytes.script} bytes of JavaScript, ${bytes.stylesheet} of CSS\n`);
    expect(bytes.script).toBeGreaterThan(10_000);
    expect(bytes.script).toBeLessThanOrEqual(90_000);
    expect(bytes.stylesheet).toBeLessThanOrEqual(15_000);
    await close();
  });
});
