import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { buildAndAnswerWorkflow, buildWithKeys } from "./builder-journey.ts";
import { hasChromium } from "./chromium.ts";
import { lookUpKeys } from "./keys-journey.ts";
import { answerFromMessage } from "./message-journey.ts";
import { goByMenu, goFindDo, tickFirstSteps } from "./palette-journey.ts";
import { readOnly } from "./reader-journey.ts";
import { replayParts } from "./rerun-journey.ts";
import { callWith, deploySeeds, evil } from "./seeds.ts";
import { makeSettings } from "./settings-journey.ts";
import { makeAndUse } from "./trigger-journey.ts";
import { makeTriggers, type Receiver, startReceiver } from "./trigger-seeds.ts";
import {
  wrongBeside,
  wrongInEveryLook,
  wrongOnTelephone,
  wrongSignedOut,
  wrongWithoutGateway,
} from "./walk.ts";
import { writeAndRunWorkflow } from "./workflow-journey.ts";
import { makeWorkflows } from "./workflow-seeds.ts";

const settings = [
  "/settings",
  "/settings/keys",
  "/settings/secrets",
  "/settings/sources",
  "/settings/people",
  "/settings/usage",
  "/settings/retention",
  "/settings/audit",
  "/settings/reports",
  "/settings/health",
];

/** Where nothing is that they name; pages of functions that are not there yet can be written. */
const ofNothing = [
  "/functions/_new",
  "/functions/nothing",
  "/executions/exe_nothing",
  "/executions/exe_nothing/compare/exe_nobody",
  "/runners/nobody",
  "/triggers/webhooks/nothing",
  "/triggers/schedules/nothing",
  "/triggers/channels/nothing",
  "/workflows/nothing",
  "/prompts/nothing",
];

/** These ask the gateway for nothing that they show, or show what the frame around every page has read before. */
const silent = ["/nowhere", "/functions/_new", "/runners/_console", "/inbox"];

/** A walk over everything waits for a browser a thousand times. */
const walkMostMs = 400_000;

describe.skipIf(!hasChromium())("every page of an empty gateway", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true });
  });
  afterAll(() => browsers?.stop());

  const paths = [
    "/",
    "/functions",
    "/executions",
    "/runners",
    "/runners/_console",
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
  test(
    "in light and dark, English and Spanish: no violation of accessibility or policy, no error",
    async () => {
      expect(await wrongInEveryLook(browsers, [...paths, ...ofNothing])).toEqual([]);
      expect(await wrongSignedOut(browsers)).toEqual([]);
    },
    walkMostMs,
  );

  test(
    "every page fits a screen of 320 px",
    async () => {
      expect(
        await wrongOnTelephone(browsers, [...paths, "/functions/_new", "/runners/nobody", "/device"]),
      ).toEqual([]);
    },
    walkMostMs,
  );

  // From here on the gateway is not empty.
  test("the first steps are ticked as they are done", async () => {
    await tickFirstSteps(browsers);
  });

  // The last one: afterwards there is no gateway.
  test(
    "every page says that nobody answers, in light and dark, English and Spanish, without a violation",
    async () => {
      const end = () => browsers.world.gateway.kill();
      // The page of the set-up URL is where one begins, so it comes with the gateway or not at all.
      const asked = [...paths, ...ofNothing].filter((path) => path !== "/setup");
      expect(await wrongWithoutGateway(browsers, asked, silent, end)).toEqual([]);
    },
    walkMostMs,
  );
});

describe.skipIf(!hasChromium())("every page of a gateway at work", () => {
  let browsers: BrowserWorld;
  let receiver: Receiver;
  let paths: string[];
  let talked: string;
  beforeAll(async () => {
    receiver = await startReceiver();
    browsers = await startBrowserWorld({
      gatewayEnv: { PULSE_OUTBOUND_HOSTS: receiver.host, PULSE_GRAPHQL: "on" },
      runnerEnv: { PULSE_COMMANDS: "allow" },
    });
    const { world } = browsers;
    await deploySeeds(world);
    const triggers = await makeTriggers(world, receiver);
    const workflows = await makeWorkflows(world);
    await makeSettings(world);
    const greeted = await callWith(world, "greet", { name: "Ada" });
    const failed = await callWith(world, "resize", { height: 3 });
    talked = await callWith(world, "talk", {
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
      "/functions/resize?tab=data",
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

  test("the keys of each part are listed while it is there, and work", async () => {
    await lookUpKeys(browsers, talked);
  });

  test("a screen of 320 px has a menu", async () => {
    await goByMenu(browsers);
  });

  test.each(["webhook", "schedule", "channel"] as const)("a %s is made, used and stopped", async (what) => {
    await makeAndUse(browsers, receiver, what);
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

  test("a prompt is answered by two taps from the message that told of it", async () => {
    await answerFromMessage(browsers, receiver);
  });

  test("a workflow is built, run and answered by keyboard alone", async () => {
    await buildWithKeys(browsers);
  });

  test(
    "in light, dark and high contrast, English and Spanish: no violation of accessibility or policy, no error",
    async () => {
      expect(await wrongInEveryLook(browsers, paths)).toEqual([]);
    },
    walkMostMs,
  );

  test(
    "who may only read is shown nothing that would be refused",
    async () => {
      await readOnly(browsers, paths);
    },
    walkMostMs,
  );

  test(
    "every page fits a screen of 320 px",
    async () => {
      expect(await wrongOnTelephone(browsers, paths)).toEqual([]);
    },
    walkMostMs,
  );

  test("the pages about the API and of GraphQL are as good in light, dark and high contrast", async () => {
    expect(await wrongBeside(browsers, ["/docs", "/docs/graphql"])).toEqual([]);
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
