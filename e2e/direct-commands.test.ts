import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandView } from "@pulse/schema/wire/commands";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Running, until } from "./platforms/node.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import { openSteadyAddress, type SteadyAddress } from "./platforms/steady-address.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

const cli = programPath("cli/src/main.ts");

const languages = { "web-1": "C.UTF-8", "db-1": "C" };

/** A world with two machines that take commands; on `db-1` LANG is another one, for commands that are to differ. */
interface Fleet {
  world: World;
  runners: Partial<Record<keyof typeof languages, Running>>;
  start(name: keyof typeof languages): Promise<void>;
}

async function startFleet(options: WorldOptions = {}): Promise<Fleet> {
  const world = await startWorld({
    ...{ withoutRunner: true, runnerEnv: { PULSE_COMMANDS: "allow" } },
    ...options,
  });
  const fleet: Fleet = {
    world,
    runners: {},
    async start(name) {
      fleet.runners[name] = await world.startRunner(name, { LANG: languages[name] });
    },
  };
  try {
    for (const name of ["web-1", "db-1"] as const) {
      await fleet.start(name);
      const labels = { prod: "", kind: name.slice(0, -2) };
      await world.call(`/v1/runners/${name}`, {
        ...{ method: "PATCH", headers: { "content-type": "application/json" } },
        body: JSON.stringify({ labels }),
      });
    }
  } catch (error) {
    await world.stop();
    throw error;
  }
  return fleet;
}

function directCommands(fleet: () => Fleet): void {
  const world = () => fleet().world;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(world().dataDir, "exec-"));
  });
  const lines = (file: string) =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim().split("\n") : [];

  /** What the one command that runs has said so far. */
  async function logOfRunning(): Promise<string> {
    const list = await world().call("/v1/executions?kind=command&status=running");
    const { items } = (await list.json()) as { items: { id: string }[] };
    const [one] = items;
    return one === undefined ? "" : (await world().call(`/v1/executions/${one.id}/logs`)).text();
  }

  /** `pulse exec` as a process; it is told of the folder. */
  function exec(...args: string[]) {
    const env = { ...programEnv(), HOME: folder, PULSE_LANG: "en" };
    const child = spawn(process.execPath, [cli, "exec", "-e", `FOLDER=${folder}`, ...args], {
      env: { ...env, PULSE_GATEWAY: world().url, PULSE_KEY: world().adminKey },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      said.out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said.err += chunk.toString();
    });
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      child.once("close", (code) => resolve({ code, ...said }));
    });
    return { child, ended };
  }

  test("machines that say the same are told together, and one that fails fails the whole", async () => {
    const line = 'echo kernel 6; test "$LANG" = C.UTF-8 || { echo no space >&2; exit 3; }';
    const { code, out, err } = await exec("all", "--", line).ended;
    expect([code, err]).toEqual([10, ""]);
    expect(out.trimEnd().split("\n")).toEqual([
      "✗ 1 machine, exit code 3: db-1",
      "  kernel 6",
      "  stderr │ no space",
      "✓ 1 machine, ok: web-1",
      "  kernel 6",
    ]);
  });

  test("an expression says which machines, a script what they run, and --json gives it all", async () => {
    const script = join(folder, "script.sh");
    const asItIs = `\${{ as it is }}`;
    writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' '${asItIs}' > /dev/null\nbasename /srv/x\n`);
    const { code, out } = await exec("--json", "--script", script, "prod & !label:kind=db").ended;
    const view = JSON.parse(out) as CommandView;
    expect([code, view.status, view.counts.total]).toEqual([0, "succeeded", 1]);
    expect(view.groups).toMatchObject([{ runners: ["web-1"], stdout: "x", exitCode: 0 }]);
    const log = await world().call(`/v1/executions/${view.results[0]?.execution}/logs`, {
      headers: { accept: "application/x-ndjson" },
    });
    expect(JSON.parse((await log.text()).split("\n")[0] ?? "")).toMatchObject({
      ...{ stream: "stdout", text: "x", runner: "web-1" },
    });
  });

  test("what an interrupted CLI was told to run is cancelled on every machine", async () => {
    const { child, ended } = exec("all", "--", 'echo $$ >> "$FOLDER/pids"; exec sleep 300');
    await until("both run", async () => (lines("pids").length === 2 ? true : null));
    child.kill("SIGINT");
    const { code, out } = await ended;
    expect([code, out]).toEqual([12, "✗ 2 machines, cancelled: db-1, web-1\n"]);
    for (const pid of lines("pids")) expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("a gateway that dies in the middle changes nothing: each machine ran it once, and the CLI is told", async () => {
    const line = 'echo begun >> "$FOLDER/begun"; while [ ! -e "$FOLDER/go" ]; do sleep 0.05; done; echo done';
    const { ended } = exec("prod", "--", line);
    await until("both run", async () => (lines("begun").length === 2 ? true : null));
    await world().crashGateway();
    writeFileSync(join(folder, "go"), "");
    const { code, out } = await ended;
    expect([code, out.trimEnd().split("\n")]).toEqual([0, ["✓ 2 machines, ok: db-1, web-1", "  done"]]);
    expect(lines("begun")).toHaveLength(2);
  });

  test("a runner that is killed and started again goes on with it, and nothing ran twice", async () => {
    const line =
      'echo begun >> "$FOLDER/begun"; echo first; while [ ! -e "$FOLDER/go" ]; do sleep 0.05; done; echo last; exit 4';
    const { ended } = exec("db-1", "--", line);
    await until("its first line is there", async () =>
      (await logOfRunning()).includes("first") ? true : null,
    );
    await fleet().runners["db-1"]?.kill();
    writeFileSync(join(folder, "go"), "");
    await fleet().start("db-1");
    const { code, out } = await ended;
    expect([code, out.trimEnd().split("\n")]).toEqual([
      10,
      ["✗ 1 machine, exit code 4: db-1", "  first", "  last"],
    ]);
    expect(lines("begun")).toHaveLength(1);
  });
}

describe("on Node", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet();
  }, 180_000);
  afterAll(() => fleet?.world.stop(), 60_000);
  directCommands(() => fleet);

  test("at a terminal a line says how far it is, and Ctrl-C asks once whether to cancel", async () => {
    const { url, adminKey, dataDir } = fleet.world;
    const line = `exec '${process.execPath}' '${cli}' --no-color exec web-1 -- 'echo up; exec sleep 300'`;
    const child = spawn("script", ["-qfec", line, "/dev/null"], {
      env: {
        ...programEnv(),
        HOME: dataDir,
        PULSE_LANG: "en",
        PULSE_GATEWAY: url,
        PULSE_KEY: adminKey,
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    let shown = "";
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until("it runs", async () => (shown.includes("1 machine: 1 running") ? true : null));
    child.stdin.write("\u0003");
    await until("it asks", async () => (shown.includes("Cancel it on 1 machine? ") ? true : null));
    child.stdin.write("y\n");
    expect(await ended).toBe(12);
    expect(shown).toContain("✗ 1 machine, cancelled: web-1");
  });
});

describe("on Workers", () => {
  let fleet: Fleet;
  let address: SteadyAddress;
  beforeAll(async () => {
    address = await openSteadyAddress();
    fleet = await startFleet({
      async startGateway(given) {
        const vars = { PULSE_PUBLIC_URL: address.url };
        const gateway = await startWorkersGateway(given, { steady: address, vars });
        // As when the machine is lost: nothing is left but the database, and the cron trigger comes around.
        const crash = async () => {
          await gateway.restart();
          await gateway.cron();
        };
        return { ...gateway, crash };
      },
    });
  }, 240_000);
  afterAll(async () => {
    await fleet?.world.stop();
    await address?.close();
  }, 60_000);
  directCommands(() => fleet);
});
