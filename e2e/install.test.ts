import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClient } from "@pulse/schema/client";
import { deployVersion } from "@pulse/schema/wire/functions";
import { listRunners } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findEngine } from "../.ci/docker-engine.ts";
import { buildImage } from "../install/images.ts";
import { type ComposeProject, readCompose } from "./compose-services.ts";
import { freePort, until } from "./platforms/node.ts";

const composeFile = new URL("../install/compose.yaml", import.meta.url).pathname;
const text = readFileSync(composeFile, "utf8");
const engine = await findEngine();
const base = process.env.PULSE_IMAGE_PYTHON;
const mayRun = engine?.startsWith("unix://") === true && base !== undefined && process.getuid?.() === 0;
if (!mayRun) {
  process.stdout.write(
    "the containers of compose.yaml are not started: that needs root, an engine and PULSE_IMAGE_PYTHON\n",
  );
}
const needed = { PULSE_ADMIN_KEY: "a", PULSE_MASTER_KEY: "b", PULSE_PUBLIC_URL: "c", DOCKER_GID: "1" };

const call = async (...args: string[]) => {
  const run = promisify(execFile)("docker", ["--host", engine ?? "", ...args], { maxBuffer: 2 ** 24 });
  return (await run).stdout.trim();
};

test.each(Object.keys(needed))("compose.yaml starts nothing without %s", (name) => {
  expect(readCompose(text, needed, "pulse").services.length).toBe(3);
  expect(() => readCompose(text, { ...needed, [name]: "" }, "pulse")).toThrow(`required variable ${name}`);
});

test("Compose itself takes compose.yaml, where it is installed", async ({ skip }) => {
  const env = { ...process.env, ...needed };
  const compose = promisify(execFile)("docker", ["compose", "--file", composeFile, "config", "--quiet"], {
    env,
  });
  const failure = await compose.then(
    () => null,
    (error: { stderr: string }) => error.stderr,
  );
  if (failure !== null && /not a docker command|unknown (shorthand )?(flag|command)/.test(failure)) {
    process.stdout.write("the Compose plugin is missing: compose.yaml was read by our own reader only\n");
    skip();
  }
  expect(failure).toBeNull();
});

describe.skipIf(!mayRun)("the images and compose.yaml on an engine", () => {
  const id = randomBytes(3).toString("hex");
  const project = `pulse-${id}`;
  const tag = `install-${id}`;
  const adminKey = `pk_${randomBytes(24).toString("hex")}`;
  const signal = AbortSignal.timeout(600_000);
  let folder = "";
  let url = "";
  let stack: ComposeProject;
  const env: Record<string, string> = {};
  const container = (service: string) => `${project}-${service}`;
  const read = () => {
    stack = readCompose(text, env, project);
  };
  const up = async (name: string) => {
    const service = stack.services.find((one) => one.name === name);
    if (service === undefined) throw new Error(`no service ${name}`);
    await call("run", "--detach", ...service.args, service.image, ...service.command);
  };
  const health = (service: string) =>
    call("inspect", "--format", "{{.State.Health.Status}}", container(service));
  const logs = async () => {
    const of = async (name: string) => {
      const args = ["--host", engine ?? "", "logs", "--tail", "30", container(name)];
      const said = await promisify(execFile)("docker", args).catch(() => ({ stdout: "none", stderr: "" }));
      return `== ${name}\n${said.stdout}${said.stderr}`;
    };
    return (await Promise.all(["gateway", "engine-proxy", "runner"].map(of))).join("\n");
  };
  const seen = <T>(what: string, look: () => Promise<T | null>) =>
    until(what, look, undefined, 90_000).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await logs()}`);
    });
  const client = () =>
    createClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${adminKey}` }) });

  beforeAll(async () => {
    folder = mkdtempSync("/var/tmp/pulse-install-");
    const state = join(folder, "state");
    mkdirSync(state, { mode: 0o700 });
    chownSync(state, 10002, 10002);
    const socket = engine?.slice("unix://".length) ?? "";
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    Object.assign(env, {
      PULSE_ADMIN_KEY: adminKey,
      PULSE_MASTER_KEY: randomBytes(32).toString("base64"),
      PULSE_PUBLIC_URL: url,
      PULSE_LISTEN: `127.0.0.1:${port}`,
      PULSE_ENGINE_SOCKET: socket,
      DOCKER_GID: String(statSync(socket).gid),
      PULSE_RUNNER_DIR: state,
      PULSE_RUNNER_NAME: "compose",
      PULSE_GATEWAY_IMAGE: `pulse-gateway:${tag}`,
      PULSE_RUNNER_IMAGE: `pulse-runner:${tag}`,
      PULSE_IMAGE_TYPESCRIPT: process.env.PULSE_IMAGE_TYPESCRIPT ?? "",
      PULSE_IMAGE_PYTHON: base ?? "",
    });
    const docker = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = engine ?? "";
    try {
      for (const part of ["gateway", "runner"] as const) {
        await buildImage({ part, tag: `pulse-${part}:${tag}`, base: base ?? null });
      }
    } finally {
      if (docker === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = docker;
    }
    read();
    for (const network of stack.networks) await call("network", "create", network);
    for (const volume of stack.volumes) await call("volume", "create", ...volume.args, volume.name);
    await Promise.all([up("gateway"), up("engine-proxy")]);
  }, 300_000);

  afterAll(async () => {
    const quiet = (...args: string[]) => call(...args).catch(() => "");
    // In order: a runner that is asked to leave takes its containers along.
    await quiet("stop", "--time", "30", container("runner"));
    const containers = ["runner", "engine-proxy", "gateway"].map(container);
    await quiet("rm", "--force", "--volumes", ...containers);
    for (const network of stack?.networks ?? []) await quiet("network", "rm", network);
    for (const volume of stack?.volumes ?? []) await quiet("volume", "rm", volume.name);
    await quiet("rmi", `pulse-gateway:${tag}`, `pulse-runner:${tag}`);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test("the gateway's container answers /livez and /readyz, without a right and with nothing to write but its data", async () => {
    await seen("the gateway answers", async () => {
      const answer = await fetch(`${url}/livez`, { signal }).catch(() => null);
      return answer?.ok === true ? true : null;
    });
    expect((await fetch(`${url}/readyz`, { signal })).status).toBe(200);
    expect((await fetch(`${url}/`, { signal })).headers.get("content-type")).toContain("text/html");
    const words =
      "id -u; grep CapEff /proc/self/status; touch /opt/pulse/x 2>&1; touch /var/lib/pulse/x && echo written";
    const said = await call("exec", container("gateway"), "sh", "-c", words);
    expect(said).toMatch(/^10001\nCapEff:\s+0+\n.*Read-only file system\nwritten$/s);
  });

  test("a runner enrols with a token of the CLI in the gateway's container, and runs a function through the engine proxy", async () => {
    const token = await call("exec", container("gateway"), "pulse", "runner", "token");
    env.PULSE_ENROLMENT_TOKEN = token;
    read();
    await up("runner");
    const online = await seen("the runner is online", async () => {
      const { items } = await client().call(listRunners, { query: {}, signal });
      return items.find(({ status, preparing }) => status === "online" && preparing === null) ?? null;
    });
    expect(online).toMatchObject({ name: "compose", capabilities: expect.arrayContaining(["docker"]) });
    const code =
      "export default async (request: Request) => new Response(await request.text() + process.getuid?.());\n";
    const body = { runtime: "typescript", files: { "index.ts": code }, settings: {} };
    await client().call(deployVersion, {
      params: { name: "hello" },
      query: { wait: 60, alias: "live" },
      body: body as never, // Settings are left to their defaults.
      signal,
    });
    const headers = { authorization: `Bearer ${adminKey}` };
    const answer = await fetch(`${url}/f/hello`, { method: "POST", body: "Ada", headers, signal });
    expect([answer.status, await answer.text()], await logs()).toEqual([200, "Ada65532"]);
  });

  test("the CLI in the gateway's container makes a backup", async () => {
    const words = ["pulse", "backup", "create", "--to", "/var/lib/pulse/backup.tar"];
    expect(await call("exec", container("gateway"), ...words)).toContain("1 functions");
  });

  test("whoever is in the runner's container has no engine: nothing but what a runner asks for", async () => {
    const program = `
      import { request } from "node:http";
      const ask = (method, path, body) => new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json" };
        const asked = request({ socketPath: "/run/pulse-engine/docker.sock", method, path, headers });
        asked.on("error", reject).on("response", (answer) => { answer.resume(); resolve(answer.statusCode); });
        asked.end(body === undefined ? undefined : JSON.stringify(body));
      });
      const image = ${JSON.stringify(base)};
      const gateway = ${JSON.stringify(await call("inspect", "--format", "{{.Id}}", container("gateway")))};
      console.log(JSON.stringify([
        await ask("GET", "/_ping"),
        await ask("GET", "/containers/json"),
        await ask("POST", "/containers/create", { Image: image, HostConfig: { Privileged: true } }),
        await ask("POST", "/containers/create", { Image: image, HostConfig: { Binds: ["/:/host"] } }),
        await ask("GET", "/containers/" + gateway + "/json"),
        await ask("POST", "/containers/" + gateway + "/kill"),
        await ask("POST", "/build?t=" + image),
      ]));`;
    const node = ["/opt/pulse/bin/node", "--input-type=module", "--eval", program];
    const said = JSON.parse(await call("exec", container("runner"), ...node));
    expect(said).toEqual([200, 403, 403, 403, 403, 403, 403]);
    const sockets = await call(
      "exec",
      container("runner"),
      "sh",
      "-c",
      "ls /run/engine.sock /var/run/docker.sock 2>&1; id -G",
    );
    expect(sockets).toMatch(/No such file.*No such file.*\n10002$/s);
  });

  test("all three are healthy by their own health checks", async () => {
    for (const service of ["gateway", "engine-proxy", "runner"]) {
      await seen(`${service} is healthy`, async () => ((await health(service)) === "healthy" ? true : null));
    }
  });
});
