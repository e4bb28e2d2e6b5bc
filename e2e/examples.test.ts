import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { patchRunner } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocksOf as blocksOfPage } from "../site/src/markdown.ts";
import { startAutoscaler } from "./autoscaled.ts";
import { until } from "./platforms/node.ts";
import { sandboxesHere } from "./sandboxes.ts";
import { runBlock, shellBlocks, userFolder } from "./shell-blocks.ts";
import { startWorld, type World } from "./world.ts";

const root = new URL("..", import.meta.url).pathname;
const isHere = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const python = isHere("python3");

/** What this machine's installers need to reach their registries goes to the runner, which hands it to them and to nothing else. */
const installerEnv = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    /^(npm_config_\w+|pip_\w+|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_file)$/i.test(name) && value
      ? [[name, value]]
      : [],
  ),
);

/** The shell blocks of an example's README. */
function blocksOf(example: string): string[] {
  const readme = readFileSync(join(root, "examples", example, "README.md"), "utf8");
  return shellBlocks(readme);
}

/** What the first command of a guide is given on its standard input. */
const typedInGuides: Readonly<Record<string, string>> = {
  "channel create": "https://hooks.example.test/services/T0/B0/x",
  "user create": "a password that nobody guesses",
};

/** Makes what the guides speak of: a function, workflows, a machine, a folder to apply and one to move in from. */
async function prepareGuides(folder: string, world: World): Promise<void> {
  const { client, signal } = world;
  await world.deploy("resize", {
    "index.ts": "export const handler = ({ width }: { width: number }) => ({ halved: width / 2 });",
  });
  const wait = "steps: [{ name: Nap, type: wait, duration: 1s }]\n";
  for (const name of ["backup", "deploy"]) writeFileSync(join(folder, `${name}.yaml`), wait);
  await runBlock("pulse workflow deploy backup.yaml deploy.yaml", folder, world);
  await client.call(patchRunner, {
    params: { name: "local" },
    body: { labels: { web: "", prod: "" } },
    signal,
  });
  writeFileSync(join(folder, "db-url.txt"), "libsql://db.example.test\n");
  mkdirSync(join(folder, "shop/workflows"), { recursive: true });
  writeFileSync(join(folder, "shop/pulse.yaml"), "workflows: [workflows]\n");
  writeFileSync(join(folder, "shop/workflows/thumbnails.yaml"), wait);
  mkdirSync(join(folder, "old-system"));
  const old = "schema/src/workflow/examples/check-disk-space.json";
  writeFileSync(join(folder, "old-system/check-disk-space.json"), readFileSync(join(root, old)));
}

for (const sandbox of await sandboxesHere()) {
  describe.skipIf(!sandbox.available || !isHere("curl"))(
    `examples as their READMEs say, ${sandbox.name}`,
    () => {
      let world: World;
      let folder: string;
      beforeAll(async () => {
        world = await startWorld({
          sandbox: sandbox.name,
          runnerEnv: { ...installerEnv, PULSE_COMMANDS: "allow" },
        });
        folder = userFolder(world);
      }, 180_000);
      afterAll(async () => {
        await world?.stop();
        if (folder) rmSync(folder, { recursive: true });
      }, 60_000);

      const run = (example: string, index = 0) =>
        runBlock(blocksOf(example)[index] ?? "exit 1", folder, world);

      test("hello greets", async () => {
        expect(JSON.parse(await run("hello"))).toEqual({ message: "Hello, Ada!" });
      });

      test.skipIf(!python)("hello-python greets, and refuses a parameter it does not have", async () => {
        expect(JSON.parse(await run("hello-python"))).toEqual({ message: "Hello, Ada!" });
        const problem = JSON.parse(await run("hello-python", 1));
        expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining("nmae") });
      });

      test.skipIf(!python)("csv-stats counts a small CSV and one of 5 MB", async () => {
        const small = JSON.parse(await run("csv-stats"));
        expect(small).toMatchObject({ rows: 2, columns: [{ name: "city" }, { name: "amount", mean: 15 }] });
        const big = JSON.parse(await run("csv-stats", 1));
        expect(big).toMatchObject({ rows: 113_014, raggedRows: 0 });
        expect(big.columns[0]).toMatchObject({
          name: "id",
          type: "number",
          min: 1,
          max: 113_014,
          mean: 56_507.5,
        });
        expect(big.columns[1]).toMatchObject({ name: "city", type: "text", distinct: 5 });
        expect(readFileSync(join(folder, "big.csv")).byteLength).toBeGreaterThan(5_000_000);
      });

      test("github-push sums up a push", async () => {
        expect(JSON.parse(await run("github-push"))).toMatchObject({
          repository: "octo-org/octo-repo",
          branch: "main",
          commits: 2,
          authors: { Ada: 1, Grace: 1 },
          files: { added: 1, modified: 1, removed: 1 },
        });
      });

      test("sse-tokens streams one event a token", async () => {
        const events = (await run("sse-tokens")).trim().split("\n\n");
        expect(events.map((event) => /^event: (\w+)/.exec(event)?.[1])).toEqual([
          "token",
          "token",
          "token",
          "done",
        ]);
      });

      test("hono-api answers on its three routes with the locked dependency installed", async () => {
        const out = await run("hono-api");
        expect(out).toContain('{"routes":["GET /","GET /greet/:name","POST /sum"]}');
        expect(out).toContain("Good morning, Ada!");
        expect(out).toContain('{"sum":6.5}');
      });

      describe.skipIf(sandbox.name !== "process")("what pulse init makes runs as its README says", () => {
        /** Makes a template in a folder of its own, and resolves to what the commands of its README print. */
        const made = async (template: string, commands?: string) => {
          await runBlock(`pulse init ${template} mine-${template}`, folder, world);
          const there = join(folder, `mine-${template}`);
          const readme = commands === undefined ? readFileSync(join(there, "README.md"), "utf8") : "";
          return runBlock(commands ?? shellBlocks(readme)[0] ?? "exit 1", there, world);
        };

        test.each(["typescript", ...(python ? ["python"] : [])])("%s", async (template) => {
          const out = await made(template, `pulse deploy . >&2\npulse invoke mine-${template} -e name=Ada`);
          expect(JSON.parse(out)).toEqual({ message: "Hello, Ada!" });
        });

        test("hono", async () => {
          expect(await made("hono")).toMatch(/Hello, Ada![\s\S]*\{"sum":6\.5\}/);
        });

        test.skipIf(!python)("wsgi", async () => {
          expect(await made("wsgi")).toContain("<h1>Hello, Ada!</h1>");
        });

        test("stream", async () => {
          const out = await made("stream");
          expect(out.match(/event: token/g)).toHaveLength(4);
          expect(out).toContain('data: {"tokens":4}');
        });

        test.skipIf(!isHere("openssl"))("webhook", async () => {
          const answer = JSON.parse((await made("webhook")).trim().split("\n").at(-1) ?? "");
          expect(answer).toMatchObject({ status: "accepted" });
          expect(await world.ended(answer.executionId)).toMatchObject({
            name: "mine-webhook",
            status: "succeeded",
          });
        });

        test.skipIf(!python)("schedule", async () => {
          const [, id = ""] = /started (exe_\w+)/.exec(await made("schedule")) ?? [];
          expect(await world.ended(id)).toMatchObject({ status: "succeeded" });
        });

        test("event", async () => {
          await made("event");
          const [first, ...more] = await until("the event called it", async () => {
            const { items } = await (await world.call("/v1/executions?name=mine-event&kind=function")).json();
            return items.length > 0 ? items : null;
          });
          expect(await world.ended(first.id)).toMatchObject({ status: "succeeded" });
          expect(more).toEqual([]);
        });

        test("approval", async () => {
          expect(await made("approval")).toContain("1.2.0 for OPS-7");
        });

        test.skipIf(!isHere("apt-get"))("patch", async () => {
          expect(JSON.parse((await made("patch")).replace(/^[\s\S]*?(?=^\{)/m, "")).machines).toHaveLength(1);
        });
      });

      test.runIf(sandbox.name === "process")(
        "the tutorial goes as it says, from its second block on",
        async () => {
          const there = join(folder, "tutorial");
          mkdirSync(there);
          const page = readFileSync(join(root, "docs/tutorial.md"), "utf8");
          const [start, ...blocks] = blocksOfPage(page);
          // What this world is already.
          expect(start?.text).toBe("npx -y pnpm@12.21.0 start\n");
          let said = "";
          for (const { language, file, text } of blocks) {
            if (file !== null) writeFileSync(join(there, file), text);
            else if (language === "sh") said = await runBlock(text, there, world);
            else expect(JSON.parse(said.slice(said.lastIndexOf("{")))).toEqual(JSON.parse(text));
          }
          expect(blocks.length).toBeGreaterThan(12);
        },
      );

      test.runIf(sandbox.name === "process")(
        "autoscaler starts runners for what waits, and lets them go",
        async () => {
          const { url, adminKey: key } = world;
          const scaler = startAutoscaler({ url, key, folder });
          const says = (what: RegExp) =>
            until(`the autoscaler says ${what}`, async () => what.exec(scaler.said()));
          try {
            await runBlock(blocksOf("autoscaler")[1] ?? "exit 1", folder, world);
            await says(/2 runners wanted/);
            await says(/2 runners wanted[\s\S]* is gone \(code 0\), 0 left/);
            const metrics = await (await world.call("/metrics")).text();
            expect(metrics).toMatch(
              /^pulse_executions_total{.*pool="burst",kind="function",status="succeeded"} 10$/m,
            );
            expect(await (await world.call("/v1/runners")).text()).not.toContain('"pool":"burst"');
          } finally {
            expect(await scaler.stop()).toBe(0);
          }
        },
      );

      test.runIf(sandbox.name === "process")("every guide goes as it says, one after the other", async () => {
        const there = join(folder, "guides");
        mkdirSync(there);
        await prepareGuides(there, world);
        const guides = shellBlocks(readFileSync(join(root, "docs/guides.md"), "utf8"));
        const said: Record<string, string> = {};
        for (const guide of guides) {
          const first = (/^pulse (\w+ '?\w+)/.exec(guide)?.[1] ?? "").replace("'", "");
          // A plan that has something to do says so by its exit code.
          const commands = guide.replace("--dry-run\n", "--dry-run || [ $? -eq 20 ]\n");
          const output = await runBlock(commands, there, world, typedInGuides[first]);
          said[first] = `${said[first] ?? ""}${output}`;
        }
        expect(said["key create"]).toContain('{"halved":320}');
        expect(said["exec web"]).toContain("1 machine");
        expect(said["runner add"]).toContain("/install/runner.sh");
        expect(said["import old"]).toMatch(/^\+ .*→ check-disk-space$/m);
        expect(said["audit list"]).toContain("runner.enrol");
        const { items } = await (await world.call("/v1/workflows")).json();
        expect(items.map(({ name }: { name: string }) => name)).toEqual(
          expect.arrayContaining(["backup", "deploy", "thumbnails"]),
        );
      });

      test.skipIf(!python)("wsgi-app serves pages and streams", async () => {
        const out = await run("wsgi-app");
        expect(out).toContain("<h1>Hello, Ada!</h1>");
        expect(out).toContain(`"url": "${world.url}/about"`);
        expect(out).toContain("HELLO FROM THE OTHER SIDE");
      });
    },
  );
}
