import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type Running, startProcess, until } from "./platforms/node.ts";
import { dockerAnswers } from "./sandboxes.ts";

const saysNext = (running: Running) => async () => (running.output().includes("Ctrl-C stops") ? true : null);

describe("pnpm start without python3", () => {
  test("deploys what it can, skips hello-python and says what to install", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pulse-start-"));
    const env = { PULSE_PORT: String(await freePort()), PULSE_SANDBOX: "process", PATH: folder };
    const running = startProcess("gateway/src/platform/node/start.ts", env, [], folder);
    try {
      await until("it says what to type next", saysNext(running), running, 110_000);
      expect(running.output()).toContain("✓ hello deployed");
      expect(running.output()).toMatch(/hello-python skipped: python3 is missing .*apt-get install python3/);
    } finally {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe.skipIf(!(await dockerAnswers()))("pnpm start with an engine that cannot have its images", () => {
  test("says why, what to do about it, and how to get in meanwhile", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pulse-start-"));
    const image = "127.0.0.1:9/nothing:1";
    const env = {
      ...{ PULSE_PORT: String(await freePort()), PULSE_SANDBOX: "docker" },
      ...{ PULSE_IMAGE_TYPESCRIPT: image, PULSE_IMAGE_PYTHON: image },
      ...(process.env.DOCKER_HOST === undefined ? {} : { DOCKER_HOST: process.env.DOCKER_HOST }),
    };
    const running = startProcess("gateway/src/platform/node/start.ts", env, [], folder);
    try {
      const isToldHowIn = async () =>
        /Open \S+#t=\w+ to sign in meanwhile/.test(running.output()) ? true : null;
      await until("it says how to get in", isToldHowIn, running, 110_000);
      expect(running.output()).toMatch(/preparing image 127\.0\.0\.1:9\/nothing:1: .*; trying again/);
      expect(running.output()).toMatch(
        /name an image that it has in PULSE_IMAGE_PYTHON, or .*PULSE_SANDBOX=process/,
      );
    } finally {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe("pnpm start where an engine is asked for and none is", () => {
  test("says so and what to do, without a stack trace", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pulse-start-"));
    const env = { PULSE_SANDBOX: "docker", DOCKER_HOST: `unix://${folder}/none.sock` };
    const running = startProcess(
      "gateway/src/platform/node/start.ts",
      { ...env, PULSE_PORT: String(await freePort()) },
      [],
      folder,
    );
    try {
      const isSaid = async () => (running.output().includes("or set PULSE_SANDBOX=process") ? true : null);
      await until("it says what to do", isSaid, running, 110_000);
      expect(running.output()).toContain("✗ PULSE_SANDBOX is docker, but no Docker engine answers");
      expect(running.output()).not.toMatch(/^ +at /m);
    } finally {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe("pnpm start", () => {
  let folder: string;
  let url: string;
  let running: Running;
  const start = async () => {
    // As typed: the data folder is the default one, relative to where the command runs.
    const env = { PULSE_PORT: new URL(url).port, PULSE_SANDBOX: "process" };
    running = startProcess("gateway/src/platform/node/start.ts", env, [], folder);
    await until("it says what to type next", saysNext(running), running, 110_000);
  };
  const keyFile = () => join(folder, "pulse-data", "admin-key");
  const key = async () => (await readFile(keyFile(), "utf8")).trim();
  const hello = async (name = "hello"): Promise<string | null> => {
    const headers = { authorization: `Bearer ${await key().catch(() => "")}` };
    const response = await fetch(`${url}/f/${name}`, {
      method: "POST",
      body: '{"name":"Ada"}',
      headers,
    }).catch(() => null);
    return response?.ok ? response.text() : null;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulse-start-"));
    url = `http://localhost:${await freePort()}`;
    await start();
  }, 120_000);
  afterAll(async () => {
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  test("the samples answer, and the admin key is in a file that only its owner can read", async () => {
    expect(await hello()).toContain("Ada");
    expect(await hello("hello-python")).toContain("Ada");
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
  });

  test("it says what to type next, and that code is not isolated in the process sandbox", () => {
    expect(running.output()).toContain("curl");
    expect(running.output()).toContain(url);
    expect(running.output()).toMatch(/not isolated/i);
  });

  test("the URL that it prints signs a browser in, once, and holds no key", async () => {
    const [line = ""] = running.output().match(/http\S+#t=\w+/) ?? [];
    expect(line.startsWith(`${url}/setup#t=`)).toBe(true);
    expect(running.output()).not.toContain(await key());
    const file = join(folder, "pulse-data", "setup-url");
    expect((await readFile(file, "utf8")).trim()).toBe(line);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const bring = () =>
      fetch(`${url}/v1/setup`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: url },
        body: JSON.stringify({ token: line.split("#t=")[1] }),
      });
    const signedIn = await bring();
    expect(signedIn.status).toBe(201);
    const cookie = signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    expect((await fetch(`${url}/v1/keys`, { headers: { cookie } })).status).toBe(200);
    expect((await bring()).status).toBe(401);
  });

  test("the key makes another URL from the command line", async () => {
    const env = { HOME: folder, PULSE_GATEWAY: url, PULSE_LANG: "en" };
    const command = startProcess("cli/src/main.ts", env, ["setup", "--url"], folder);
    expect(await command.exited, command.output()).toBe(0);
    const made = command.output().trim();
    expect(made.startsWith(`${url}/setup#t=`)).toBe(true);
    const nothing = startProcess("cli/src/main.ts", env, ["setup"], folder);
    expect([await nothing.exited, nothing.output()]).toEqual([2, expect.stringContaining("or --url")]);
    const signedIn = await fetch(`${url}/v1/setup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: made.split("#t=")[1] }),
    });
    expect(signedIn.status).toBe(201);
  });

  test("Ctrl-C drains and leaves no process; a second start keeps all data", async () => {
    const before = await key();
    running.child.kill("SIGINT");
    expect(await running.exited).toBe(0);
    expect(await fetch(`${url}/livez`).catch(() => null)).toBeNull();
    await start();
    expect(await key()).toBe(before);
    const headers = { authorization: `Bearer ${before}` };
    const list = (await (await fetch(`${url}/v1/executions?name=hello`, { headers })).json()) as {
      items: unknown[];
    };
    expect(list.items.length).toBeGreaterThan(1);
    expect(await hello()).toContain("Ada");
  }, 120_000);

  test("the URL of that start makes the first person, without a browser", async () => {
    await writeFile(join(folder, "password"), "correct horse battery\n");
    const args = [
      "setup",
      "--username",
      "ana",
      "--password-file",
      "password",
      "--setup-url",
      "pulse-data/setup-url",
    ];
    const command = startProcess(
      "cli/src/main.ts",
      { HOME: folder, PULSE_GATEWAY: url, PULSE_LANG: "en" },
      args,
      folder,
    );
    expect([await command.exited, command.output()]).toEqual([0, "✓ ana may sign in\n"]);
    const signedIn = await fetch(`${url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "ana", password: "correct horse battery" }),
    });
    expect(await signedIn.json()).toMatchObject({ name: "ana", scopes: expect.arrayContaining(["gateway"]) });
  });
});
