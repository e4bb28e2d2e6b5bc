import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { listSyncs, type SyncView } from "@pulse/schema/wire/sources";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { describe, expect, test } from "vitest";
import type { Ended } from "../heard.ts";
import type { GitHostServer } from "../platforms/git-host.ts";
import { until } from "../platforms/node.ts";
import { programEnv, programPath } from "../platforms/program-env.ts";
import type { World } from "../world.ts";

/** What a world needs besides for sources. */
export interface SourcesNeed {
  git: GitHostServer;
  /** A pool with a runner. */
  pool: string;
  /** Makes that a sync which waits to be tried again is due now, and, where a platform comes around every minute, lets it. */
  goOn(): Promise<void>;
}

/** A command of the CLI with the admin key. */
export async function pulseIn({ dataDir, url, adminKey }: World, ...args: string[]): Promise<Ended> {
  const env = { ...programEnv(), HOME: dataDir, PULSE_LANG: "en", PULSE_GATEWAY: url, PULSE_KEY: adminKey };
  return await new Promise((resolve) => {
    const options = { cwd: dataDir, env };
    execFile(process.execPath, [programPath("cli/src/main.ts"), ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

const waits = (seconds: number) =>
  JSON.stringify({ steps: [{ name: "Rest", type: "wait", duration: seconds }] });
const says = (word: string) => `export default () => new Response(${JSON.stringify(word)});\n`;

/** Sources on a platform, by the CLI and by signed pushes. */
export function sourcesSuite(world: () => World, need: () => SourcesNeed): void {
  const pulse = (...args: string[]) => pulseIn(world(), ...args);
  const newest = async (): Promise<SyncView | undefined> => {
    const { client, signal } = world();
    return (await client.call(listSyncs, { params: { name: "shop" }, query: {}, signal })).items[0];
  };
  const ended = (id: string | null) =>
    until("the sync ends", async () => {
      const sync = await newest();
      return sync?.id === id && sync.endedAt !== null ? sync : null;
    });
  const files = (word: string) => ({
    "README.md": "a shop",
    "ops/pulse.yaml": [
      "schedules:",
      "  nightly: { every: 1h, target: { workflow: tidy } }",
      "webhooks:",
      "  hook: { provider: github, target: { function: greets } }",
    ].join("\n"),
    "ops/functions/greets/pulse.jsonc": `{ "name": "greets", "runtime": "typescript", "pool": "${need().pool}" } // where there is a runner`,
    "ops/functions/greets/index.ts": says(word),
    "ops/workflows/tidy.json": waits(1),
  });

  describe("a source", () => {
    const source = { url: "", secret: "" };
    const push = async (secret = source.secret) => {
      const body = JSON.stringify({ ref: "refs/heads/main", after: need().git.commit });
      const signature = createHmac("sha256", secret).update(body).digest("hex");
      const headers = {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-hub-signature-256": `sha256=${signature}`,
      };
      const answer = await fetch(source.url, { method: "POST", headers, body });
      return { status: answer.status, body: (await answer.json()) as { sync: string | null; code?: string } };
    };

    test("a signed push makes functions, workflows, schedules and webhooks; a forged one makes nothing", async () => {
      const { git } = need();
      git.commits(files("one"));
      const made = await pulse(
        ...["source", "add", "shop", git.repository, "--host", "github", "--folder", "ops"],
      );
      expect(made).toMatchObject({ code: 0 });
      const [url = "", secret = ""] = made.out.trim().split("\n");
      Object.assign(source, { url, secret });
      expect(await push("another")).toMatchObject({ status: 401, body: { code: "invalid_signature" } });
      expect(await newest()).toBeUndefined();
      const { status, body } = await push();
      expect(status).toBe(202);
      const sync = await ended(body.sync);
      expect([sync.problem, sync.status, sync.commit]).toEqual([null, "succeeded", git.commit]);
      expect(sync.steps?.map(({ kind, name, act, state }) => `${kind} ${name} ${act} ${state}`)).toEqual([
        "function greets create done",
        "workflow tidy create done",
        "schedule nightly create done",
        "webhook hook create done",
      ]);
      expect(await (await world().call("/f/greets")).text()).toBe("one");
      const { items } = (await (await world().call("/v1/audit?limit=100")).json()) as {
        items: { actor: { name: string }; action: string }[];
      };
      const by = items.filter(({ actor }) => actor.name === "source:shop").map(({ action }) => action);
      expect(by).toEqual(
        expect.arrayContaining(["workflow.save", "schedule.create", "webhook.create", "function.deploy"]),
      );
    });

    test("what was changed by hand is shown and made so again, and what is removed goes only with --prune", async () => {
      const { git } = need();
      const { client, signal } = world();
      expect(await pulse("source", "diff", "shop")).toMatchObject({ code: 0 });
      await client.call(putWorkflow, { params: { name: "tidy" }, raw: waits(7), signal });
      const drift = await pulse("source", "diff", "shop");
      expect([drift.code, drift.err]).toEqual([20, expect.stringContaining("steps.0.duration: 7 → 1")]);
      const removed = {
        ...files("two"),
        "ops/pulse.yaml": "removed: { schedules: [nightly], webhooks: [hook] }\n",
      };
      git.commits(removed);
      const kept = await pulse("source", "sync", "shop");
      expect([kept.code, kept.out]).toEqual([0, expect.stringMatching(/^syn\w* succeeded [0-9a-f]{40}\n$/)]);
      expect((await newest())?.steps?.map(({ name, act }) => `${name} ${act}`)).toEqual([
        "greets change",
        "tidy change",
      ]);
      expect(await (await world().call("/f/greets")).text()).toBe("two");
      expect((await world().call("/v1/schedules/nightly")).status).toBe(200);
      expect(await pulse("source", "change", "shop", "--prune")).toMatchObject({ code: 0 });
      expect(await pulse("source", "sync", "shop")).toMatchObject({ code: 0 });
      expect((await newest())?.steps?.map(({ name, act }) => `${name} ${act}`)).toEqual([
        "hook remove",
        "nightly remove",
      ]);
      expect((await world().call("/v1/schedules/nightly")).status).toBe(404);
    });

    test("a host that is away is asked again when that is due, and what is wrong is told with its place", async () => {
      const { git, goOn } = need();
      git.refusals.push(503);
      const { body } = await push();
      await until("it waits to be tried again", async () => {
        const sync = await newest();
        return sync?.status === "waiting" && sync.problem !== null ? sync : null;
      });
      await goOn();
      expect(await ended(body.sync)).toMatchObject({ status: "succeeded", tries: 2, steps: [] });
      git.commits({
        ...files("three"),
        "ops/workflows/tidy.json": '{"steps":[{"name":"Rest","type":"nothing"}]}',
      });
      const failed = await pulse("source", "sync", "shop");
      expect([failed.code, failed.err]).toEqual([
        6,
        expect.stringMatching(/ops\/workflows\/tidy\.json:1:\d+: \/steps\/0/),
      ]);
      expect(await (await world().call("/f/greets")).text()).toBe("two");
      const all = await pulse("source", "syncs", "shop");
      expect(all.out.match(/ succeeded /g)).toHaveLength(4);
    });

    test("a source that is removed hears of no push, and what it made stays", async () => {
      expect(await pulse("source", "remove", "shop")).toMatchObject({ code: 0 });
      expect((await push()).status).toBe(401);
      expect((await pulse("source", "syncs", "shop")).code).toBe(4);
      expect(await (await world().call("/f/greets")).text()).toBe("two");
    });
  });
}
