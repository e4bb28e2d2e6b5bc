import { afterAll, beforeAll, describe } from "vitest";
import { sandboxesHere } from "./sandboxes.ts";
import { badInputSuite } from "./suites/bad-input.suite.ts";
import { bundlesSuite } from "./suites/bundles.suite.ts";
import { busySuite } from "./suites/busy.suite.ts";
import { draftsSuite } from "./suites/drafts.suite.ts";
import { eventsSuite } from "./suites/events.suite.ts";
import { invokeSuite } from "./suites/invoke.suite.ts";
import { kvSuite } from "./suites/kv.suite.ts";
import { lifecycleSuite } from "./suites/lifecycle.suite.ts";
import { pythonSuite } from "./suites/python.suite.ts";
import { streamsSuite } from "./suites/streams.suite.ts";
import { typescriptSuite } from "./suites/typescript.suite.ts";
import { usageSuite } from "./suites/usage.suite.ts";
import { warmSuite } from "./suites/warm.suite.ts";
import { startWorld, type World } from "./world.ts";

for (const sandbox of await sandboxesHere()) {
  describe.skipIf(!sandbox.available)(`on Node, ${sandbox.name} sandbox`, () => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld({ sandbox: sandbox.name });
    }, 180_000);
    afterAll(() => world?.stop(), 60_000);
    invokeSuite(() => world);
    lifecycleSuite(() => world);
    kvSuite(() => world);
    warmSuite(() => world);
    badInputSuite(() => world);
    bundlesSuite(() => world);
    typescriptSuite(() => world);
    pythonSuite(() => world);
    streamsSuite(() => world);
    draftsSuite(() => world);
    eventsSuite(() => world);
    usageSuite(() => world);
    busySuite(() => world, sandbox.name === "process" ? 3000 : 1000);
  });
}
