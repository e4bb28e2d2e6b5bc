import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { VersionView } from "@pulse/schema/wire/functions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeImage, pythonBase, server } from "../runner/src/sandbox/custom/custom.suite.ts";
import { dockerClient } from "../runner/src/sandbox/docker.ts";
import { RegistryServer, saveImage } from "../runner/src/sandbox/images/registry-server.suite.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import { dockerAnswers } from "./sandboxes.ts";
import { executionOf, startWorld, type World } from "./world.ts";

const root = new URL("..", import.meta.url).pathname;
const entry = programPath("cli/src/main.ts");
const runs = await dockerAnswers();
if (!runs && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!runs) process.stderr.write("no Docker engine answers: the tests of custom images are skipped\n");

const password = ["a", "word", "for", "e2e"].join("-");
const asked = (text: string) => ["python3", "-c", `import sys; print("${text}", sys.stdin.read())`];

describe.skipIf(!runs)("functions that are images", () => {
  let world: World;
  let folder: string;
  let registry: RegistryServer;
  const docker = runs ? dockerClient() : null;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-images-"));
    registry = await RegistryServer.start(`ana:${password}`);
    const auth = Buffer.from(`ana:${password}`).toString("base64");
    const authFile = join(folder, "auth.json");
    writeFileSync(authFile, JSON.stringify({ auths: { [registry.host]: { auth } } }), { mode: 0o600 });
    await makeImage(
      "pulse-e2e-http:1",
      ["COPY server.py /app/server.py", 'ENTRYPOINT ["python3", "/app/server.py"]'],
      {
        "server.py": server,
      },
    );
    world = await startWorld({
      sandbox: "docker",
      runnerEnv: {
        PULSE_REGISTRY_AUTH_FILE: authFile,
        PULSE_IMAGES: `pulse-e2e-*, own-image, ${registry.host}/*`,
      },
    });
  }, 240_000);
  afterAll(async () => {
    await world?.stop();
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const pulse = (...args: string[]): Promise<{ code: number | null; out: string; err: string }> =>
    new Promise((resolve, reject) => {
      const env = { ...programEnv(), HOME: folder, PULSE_LANG: "en" };
      const child = spawn(process.execPath, [entry, ...args], {
        cwd: folder,
        env: { ...env, PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const said = { out: "", err: "" };
      child.stdout.on("data", (chunk: Buffer) => {
        said.out += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        said.err += chunk.toString();
      });
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, ...said }));
    });
  const project = (name: string, settings: object, files: Record<string, string> = {}) => {
    const dir = join(folder, name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "pulse.jsonc"), JSON.stringify({ name, egress: "none", ...settings }));
    for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, path), text);
    return dir;
  };
  const deployed = async (dir: string): Promise<VersionView> => {
    const { code, out, err } = await pulse("--json", "deploy", dir);
    expect(err).toBe("");
    expect(code).toBe(0);
    return JSON.parse(out) as VersionView;
  };
  const bodyOf = async (path: string, body = "") =>
    await (await world.call(path, { method: "POST", body })).text();

  test("one that serves HTTP is deployed, called, streamed, logged, fails and times out as any other", async () => {
    const dir = project(
      "web",
      { image: "pulse-e2e-http:1", timeout: "2s" },
      { "words.txt": "of the bundle" },
    );
    const version = await deployed(dir);
    expect(version).toMatchObject({
      status: "ready",
      runtime: "image",
      kinds: ["http"],
      image: expect.stringMatching(/^sha256:/),
    });
    const answer = await world.call("/f/web/a/b?x=1", { method: "PUT", body: "some" });
    expect(await answer.json()).toMatchObject({ method: "PUT", path: "/a/b?x=1", body: "some" });
    const { out } = await pulse("logs", executionOf(answer));
    expect(out).toContain("called PUT /a/b?x=1");
    expect((await world.call("/f/web/teapot")).status).toBe(418);
    expect(await bodyOf("/f/web/stream", "x".repeat(300_000))).toMatch(/^got \d+\n/);
    expect(await bodyOf("/f/web/code?words.txt")).toBe("of the bundle");
    expect((await world.call("/f/web/slow")).status).toBe(504);
    const crashed = await world.call("/f/web/crash");
    expect(await crashed.json()).toMatchObject({ code: "crashed" });
    expect(await (await world.call("/f/web/")).json()).toMatchObject({ method: "GET" });
  });

  test("one of a private registry is pinned: a moved tag changes nothing before the next deploy", async () => {
    if (docker === null) return;
    const app = `${registry.host}/team/app:1`;
    const push = async (word: string) => {
      const name = await makeImage(`pulse-e2e-made:${word}`, [`ENTRYPOINT ${JSON.stringify(asked(word))}`]);
      const saved = await saveImage(docker, name);
      await docker.getImage(name).remove({ force: true });
      return registry.push(saved, "team/app:1");
    };
    const first = await push("first");
    const dir = project("moving", { image: app, protocol: "exec", contentType: "text/plain" });
    expect(await deployed(dir)).toMatchObject({ version: 1, image: `${registry.host}/team/app@${first}` });
    expect(await bodyOf("/f/moving", "body")).toBe("first body\n");
    const second = await push("second");
    expect(await bodyOf("/f/moving", "body")).toBe("first body\n");
    expect(await deployed(dir)).toMatchObject({ version: 2, image: `${registry.host}/team/app@${second}` });
    expect(await bodyOf("/f/moving", "body")).toBe("second body\n");
    expect(await bodyOf("/f/moving@1", "body")).toBe("first body\n");
    const { out } = await pulse("function", "versions", "moving");
    expect(out).toContain(`app@${second}`);
    const pinned = project("still", { image: `${registry.host}/team/app@${first}`, protocol: "exec" });
    expect((await deployed(pinned)).version).toBe(1);
    expect((await deployed(pinned)).version).toBe(1);
  }, 240_000);

  test("the example in Perl is what its README says, and its failure is told by its own words", async () => {
    const context = join(root, "examples/own-image");
    const build = ["build", "-t", "own-image:1", "--build-arg", `BASE_IMAGE=${pythonBase}`, context];
    await promisify(execFile)("docker", build, { env: { ...process.env, DOCKER_BUILDKIT: "0" } });
    await deployed(context);
    const answer = await world.call("/f/own-image?top=1", { method: "POST", body: "the cat and the hat" });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual({ the: 2 });
    const failed = await world.call("/f/own-image", { method: "POST", body: "1 2 3" });
    expect(failed.status).toBe(500);
    const view = await world.ended(executionOf(failed));
    expect(view).toMatchObject({ status: "failed", reason: "function_error" });
    expect(view.error?.message).toMatch(/^the program exited with code \d+: there is no word in it$/);
  });

  test("what does not go together, what nobody serves, and what the runner does not allow is said in words", async () => {
    const both = await pulse("deploy", project("both", { image: "x", runtime: "python" }));
    expect(both.code).toBe(6);
    expect(both.err).toContain("an image is run in place of a runtime");
    const other = await pulse("deploy", project("other", { image: "elsewhere.example.test/app" }));
    expect(other.code).not.toBe(0);
    expect(other.err).toContain(
      "this runner's PULSE_IMAGES does not allow the image elsewhere.example.test/app",
    );
    const silent = await pulse(
      "deploy",
      project("silent", { image: "pulse-e2e-http:1", command: ["sh", "-c", "echo going; exit 5"] }),
    );
    expect(silent.err).toContain("exited with code 5");
  });
});
