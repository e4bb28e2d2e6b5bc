import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { VersionView } from "@pulse/schema/wire/functions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wheel } from "../runner/src/sandbox/install/zip.suite.ts";
import { until } from "./platforms/node.ts";
import { sandboxesHere } from "./sandboxes.ts";
import { startWorld, type World } from "./world.ts";

/** Its code is a prebuilt binary, another one for each system, processor and C library. */
const native = { "@node-rs/crc32": "1.10.8" };
const source = (word: string) => ({
  "index.ts": `import { crc32 } from "@node-rs/crc32";\nexport const handler = () => ({ word: "${word}", sum: crc32("123456789") });\n`,
  "package.json": `${JSON.stringify({ name: word, dependencies: native }, null, 2)}\n`,
});
const file = "greeting-1.0.0-py3-none-any.whl";
const greeting = wheel("greeting", "1.0.0", {
  "greeting.py": "def words():\n    return ['from', 'a', 'wheel']\n",
});
const python = {
  "main.py": "import greeting\n\ndef main():\n    return greeting.words()\n",
  "requirements.txt": "--no-index\n--find-links wheels\ngreeting==1.0.0\n",
  [`wheels/${file}`]: { base64: greeting.toString("base64") },
};

for (const sandbox of await sandboxesHere()) {
  describe.skipIf(!sandbox.available)(`dependencies, ${sandbox.name} sandbox`, () => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld({ sandbox: sandbox.name });
    }, 180_000);
    afterAll(() => world?.stop(), 60_000);
    const post = async (name: string) =>
      await (await world.call(`/f/${name}`, { method: "POST", body: "{}" })).json();
    const logOf = async (execution: string) =>
      await (
        await world.call(`/v1/executions/${execution}/logs`, { headers: { accept: "text/plain" } })
      ).text();
    const buildLog = ({ buildExecution }: VersionView) => logOf(String(buildExecution));

    test("of npm are installed for real, a native one among them; a deploy with the same ones installs nothing", async () => {
      const first = await world.deploy("sums", source("first"));
      expect(await post("sums")).toEqual({ word: "first", sum: 0xcb_f4_39_26 });
      expect(await buildLog(first)).toMatch(/\$ npm install[\s\S]*stored as/);
      const timed = async (name: string, files: Record<string, string>) => {
        const started = performance.now();
        const version = await world.deploy(name, files);
        return { version, took: performance.now() - started };
      };
      const plain = await timed("plain", { "index.ts": "export const handler = () => 'plain';" });
      const second = await timed("sums", source("second"));
      expect(await buildLog(second.version)).toContain("dependencies unchanged");
      // The goal is 2 s in all; on a busy machine what counts is what dependencies add to a deploy without any.
      expect(second.took).toBeLessThan(plain.took + 1000);
      expect(await post("sums")).toEqual({ word: "second", sum: 0xcb_f4_39_26 });
    });

    test("of Python are installed from a wheel of the bundle", async () => {
      await world.deploy("greets", python as never, { runtime: "python" });
      expect(await post("greets")).toEqual(["from", "a", "wheel"]);
    });

    test("that cannot be installed leave live where it was, and say why and where", async () => {
      await world.deploy("steady", { "index.ts": "export const handler = () => 'as before';" });
      const missing = { dependencies: { "@pulse-tests/there-is-none": "^1.0.0" } };
      const deploying = world.deploy("steady", {
        "index.ts": "export const handler = () => 'never';",
        "package.json": JSON.stringify(missing, null, 2),
      });
      await expect(deploying).rejects.toMatchObject({
        code: "build_failed",
        status: 422,
        message: expect.stringContaining("the registry has no package @pulse-tests/there-is-none"),
        extras: {
          members: { file: "package.json", line: 3, log: expect.stringContaining("$ npm install") },
        },
      });
      expect(await (await world.call("/f/steady", { method: "POST", body: "{}" })).text()).toBe("as before");
    });

    test("of one runner's builds are what the next runner fetches, without an install", async () => {
      await world.deploy("moves", source("moved"));
      await world.runner?.stop();
      world.runner = await world.startRunner("second");
      expect(await post("moves")).toEqual({ word: "moved", sum: 0xcb_f4_39_26 });
      const again = await world.deploy("moves", source("again"));
      expect(await buildLog(again)).toContain("of an earlier build");
      expect(await post("moves")).toEqual({ word: "again", sum: 0xcb_f4_39_26 });
    });
  });

  describe.skipIf(!sandbox.available)(`a registry that does not answer, ${sandbox.name} sandbox`, () => {
    let world: World;
    let registry: Server;
    beforeAll(async () => {
      registry = createServer(() => undefined);
      await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
      const { port } = registry.address() as AddressInfo;
      world = await startWorld({
        sandbox: sandbox.name,
        runnerEnv: { npm_config_registry: `http://127.0.0.1:${port}/` },
      });
    }, 180_000);
    afterAll(async () => {
      await world?.stop();
      registry?.closeAllConnections();
      registry?.close();
    }, 60_000);

    test("leaves the build's log to be read while it runs, and the build can be cancelled", async () => {
      const body = JSON.stringify({ runtime: "typescript", files: source("waits") });
      const headers = { "content-type": "application/json" };
      const started = await world.call("/v1/functions/waits/versions", { method: "POST", body, headers });
      const { buildExecution } = (await started.json()) as { buildExecution: string };
      const said = async () => {
        const response = await world.call(`/v1/executions/${buildExecution}/logs`, {
          headers: { accept: "text/plain" },
        });
        return (await response.text()).includes("$ npm install") ? true : null;
      };
      await until("the log has the command", said);
      const isRunning = async () =>
        (await world.execution(buildExecution)).status === "running" ? true : null;
      await until("the build runs", isRunning);
      await world.call(`/v1/executions/${buildExecution}/cancel`, { method: "POST" });
      expect((await world.ended(buildExecution)).status).toBe("cancelled");
    });
  });
}
