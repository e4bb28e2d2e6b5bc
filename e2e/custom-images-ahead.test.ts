import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployVersion, type VersionView } from "@pulse/schema/wire/functions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeImage } from "../runner/src/sandbox/custom/custom.suite.ts";
import { dockerClient } from "../runner/src/sandbox/docker.ts";
import { RegistryServer, saveImage } from "../runner/src/sandbox/images/registry-server.suite.ts";
import { until } from "./platforms/node.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { dockerAnswers } from "./sandboxes.ts";
import { executionOf, startWorld, type World } from "./world.ts";

const runs = await dockerAnswers();
if (!runs && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!runs) process.stderr.write("no Docker engine answers: custom images on both platforms are skipped\n");

const password = ["a", "word", "for", "both"].join("-");
const program = (word: string) =>
  `import sys; print("${word}", sys.stdin.read()); print("heard", file=sys.stderr)`;

describe.skipIf(!runs).each([
  ["Node", {}],
  [
    "Workers",
    { startGateway: (given: Parameters<typeof startWorkersGateway>[0]) => startWorkersGateway(given) },
  ],
])("a function that is an image, on %s", (platform, gateway) => {
  const docker = dockerClient();
  let world: World;
  let folder: string;
  let registry: RegistryServer;
  let app: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-ahead-"));
    registry = await RegistryServer.start(`ana:${password}`, "token");
    app = `${registry.host}/team/ahead`;
    const auth = Buffer.from(`ana:${password}`).toString("base64");
    const authFile = join(folder, "auth.json");
    writeFileSync(authFile, JSON.stringify({ auths: { [registry.host]: { auth } } }), { mode: 0o600 });
    world = await startWorld({
      ...{ sandbox: "docker", runnerEnv: { PULSE_REGISTRY_AUTH_FILE: authFile } },
      ...gateway,
    });
  }, 240_000);
  afterAll(async () => {
    await world?.stop();
    await forget();
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 90_000);

  const forget = async () => {
    for (const { Id } of await docker.listImages({ filters: { reference: [app] } }))
      await docker.getImage(Id).remove({ force: true });
  };
  const push = async (word: string) => {
    const lines = [`ENTRYPOINT ${JSON.stringify(["python3", "-c", program(word)])}`];
    const name = await makeImage(`pulse-e2e-ahead-${platform.toLowerCase()}:${word}`, lines);
    const saved = await saveImage(docker, name);
    await docker.getImage(name).remove({ force: true });
    return registry.push(saved, "team/ahead:1");
  };
  const deployed = async (): Promise<VersionView> => {
    const settings = { image: `${app}:1`, protocol: "exec", contentType: "text/plain", egress: "none" };
    return world.client.call(deployVersion, {
      params: { name: "ahead" },
      query: { wait: 120 },
      body: { runtime: "image", files: {}, settings } as never, // As world.deploy does.
      signal: world.signal,
    });
  };
  const call = (body: string) => world.call("/f/ahead", { method: "POST", body });
  const isHere = (digest: string) =>
    docker
      .getImage(`${app}@${digest}`)
      .inspect()
      .then(
        () => true,
        () => false,
      );

  test("is deployed, pinned, called and logged, and another runner has it before anybody calls, of each version", async () => {
    const first = await push("first");
    expect(await deployed()).toMatchObject({ status: "ready", runtime: "image", image: `${app}@${first}` });
    const answer = await call("body");
    expect([answer.status, await answer.text()]).toEqual([200, "first body\n"]);
    expect((await world.ended(executionOf(answer))).status).toBe("succeeded");
    const logs = await world.call(`/v1/executions/${executionOf(answer)}/logs`);
    expect(await logs.text()).toContain("heard");
    await world.runner?.stop();
    await forget();
    expect(await isHere(first)).toBe(false);

    const second = await world.startRunner("second");
    const fetched = (version: number) =>
      until(
        `version ${version} was fetched`,
        async () => (second.output().includes(`ahead version ${version} was fetched ahead`) ? true : null),
        second,
        60_000,
      );
    await fetched(1);
    expect(second.output()).toContain(`pulling image ${app}@${first}`);
    expect(await isHere(first)).toBe(true);
    registry.asked.length = 0;
    expect(await (await call("again")).text()).toBe("first again\n");
    expect(registry.asked).toEqual([]);

    const next = await push("second");
    expect(await deployed()).toMatchObject({ version: 2, image: `${app}@${next}` });
    await fetched(2);
    expect(await (await call("then")).text()).toBe("second then\n");
  }, 240_000);
});
