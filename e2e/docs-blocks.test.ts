import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runBlock, shellBlocks, userFolder } from "./shell-blocks.ts";
import { startWorld, type World } from "./world.ts";

const root = new URL("..", import.meta.url).pathname;
const isHere = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const metricsToken = "a-token-of-forty-characters-and-some-more";
const password = "a password that nobody guesses";

/** How the blocks of a page are run; without more, each as it stands. */
interface Page {
  /** What is typed at the first question of each block. */
  typed?: string;
  /** What stands for something that only the reader knows. */
  replaced?: readonly (readonly [part: string | RegExp, by: string])[];
  /** Blocks of these beginnings are run elsewhere, or belong to machines that are not here. */
  without?: readonly string[];
}

/** Pages whose shell blocks are run, one after the other, against one gateway. The guides, the tutorial and the examples have tests of their own. */
const pages: Readonly<Record<string, Page>> = {
  // The first person is made by `people.test.ts`; here there is one already.
  people: { without: ["pulse setup"] },
  secrets: {},
  schedules: { replaced: [["2027-01-01", "2099-01-01"]] },
  events: { replaced: [[/^/, "PULSE=$PULSE_GATEWAY KEY=$PULSE_KEY\n"]] },
  notifications: {},
  webhooks: {
    replaced: [
      [/dlv_…/g, '"$delivery"'],
      [
        "pulse webhook deliveries push ",
        "pulse webhook test push --event push\ndelivery=$(pulse webhook deliveries push --json | grep -o 'dlv_[0-9a-z]*' | head -1)\npulse webhook deliveries push ",
      ],
      // It waits for the one that the line after it sends.
      [/pulse webhook capture push.*/, "pulse webhook capture push > captured.txt & sleep 3"],
      [/$/, "\nwait"],
    ],
  },
  compliance: {},
  graphql: {},
  mcp: {},
  observe: {},
  migrating: {},
};

describe.skipIf(!isHere("curl"))("the shell blocks of the documentation", () => {
  let world: World;
  let folder: string;
  let receiver: Server;
  beforeAll(async () => {
    receiver = createServer((request, response) => {
      request.resume();
      request.on("end", () => response.end("ok"));
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    // It listens on TCP.
    const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    world = await startWorld({
      gatewayEnv: {
        ...{ PULSE_GRAPHQL: "on", PULSE_COMPAT: "on", PULSE_METRICS_TOKEN: metricsToken },
        PULSE_OUTBOUND_HOSTS: host,
      },
    });
    folder = userFolder(world);
    await prepare(folder, world, `http://${host}/services/x`);
  }, 180_000);
  afterAll(async () => {
    await world?.stop();
    receiver?.close();
    if (folder) rmSync(folder, { recursive: true });
  }, 60_000);

  test.each(Object.entries(pages))("of %s do what they say", async (name, page) => {
    const blocks = shellBlocks(readFileSync(join(root, `docs/${name}.md`), "utf8"));
    const run = blocks.filter((block) => !page.without?.some((begin) => block.startsWith(begin)));
    expect(run.length).toBeGreaterThan(0);
    for (const block of run) {
      const replaced = (page.replaced ?? []).reduce(
        (text, [part, by]) => text.replace(part, () => by),
        block,
      );
      const typed = page.typed ?? readFileSync(join(folder, "typed.txt"), "utf8");
      const output = await runBlock(replaced, folder, world, typed, {
        PULSE_METRICS_TOKEN: metricsToken,
      });
      expect(output).not.toContain(password);
      // curl ends well whatever it is answered: a problem has its status within.
      expect(output).not.toMatch(/"status":\s*[45]\d\d/);
    }
  });

  test("and what they have made is there", async () => {
    const names = async (path: string) => {
      const { items } = await (await world.call(path)).json();
      return items.map((one: { name?: string; action?: string }) => one.name ?? one.action);
    };
    expect(await names("/v1/schedules")).toEqual(expect.arrayContaining(["nightly", "opening", "pulse"]));
    expect(await names("/v1/webhooks")).toContain("push");
    expect(await names("/v1/channels")).toContain("ops");
    expect(await names("/v1/workflows")).toContain("check-disk-space");
    expect(readFileSync(join(folder, "captured.txt"), "utf8")).toContain("push");
    expect(readFileSync(join(folder, "q1.csv"), "utf8")).toMatch(/^\S+,/);
    expect(readFileSync(join(folder, "access.html"), "utf8")).toContain("<table");
  });
});

/** Makes what the pages speak of: functions, a workflow, files that hold secrets, and a folder to move in from. */
async function prepare(folder: string, world: World, hook: string): Promise<void> {
  const code = { "index.ts": "export const handler = () => ({ ok: true });" };
  for (const name of ["ping", "open"]) await world.deploy(name, code);
  const wait = "steps: [{ name: Nap, type: wait, duration: 1s }]\n";
  for (const name of ["backup", "deploy"]) {
    const inputs = {
      backup: "inputs: { scope: { type: string } }\n",
      deploy: "inputs: { commit: { type: string } }\n",
    };
    writeFileSync(join(folder, `${name}.yaml`), inputs[name as keyof typeof inputs] + wait);
  }
  await runBlock("pulse workflow deploy backup.yaml deploy.yaml", folder, world);
  writeFileSync(join(folder, "typed.txt"), `${hook}\n`);
  writeFileSync(join(folder, "ana.txt"), `${password}\n`);
  writeFileSync(join(folder, "db-url.txt"), "libsql://db.example.test\n");
  writeFileSync(join(folder, "key.pem"), "a key\n");
  for (const name of ["SIGNING_KEY", "OLD_TOKEN"])
    await runBlock(`printf before | pulse secret set ${name}`, folder, world);
  await runBlock(
    `curl -fsS -X POST "$PULSE_GATEWAY/v1/projects" -H "authorization: Bearer $PULSE_KEY" -H 'content-type: application/json' -d '{"name": "shop"}'`,
    folder,
    world,
  );
  mkdirSync(join(folder, "from-before"));
  const old = "schema/src/workflow/examples/check-disk-space.json";
  writeFileSync(join(folder, "from-before/check-disk-space.json"), readFileSync(join(root, old)));
  writeFileSync(
    join(folder, "from-before/users.json"),
    JSON.stringify([{ username: "eva", role: "employee" }]),
  );
  writeFileSync(join(folder, "from-before/.env"), "PORT=3000\nSMTP_PASSWORD=hidden\n");
}
