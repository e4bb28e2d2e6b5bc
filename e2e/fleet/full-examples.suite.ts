import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fleet, openPrompt, stepOf, targetsOf } from "./fleet.ts";
import { Person } from "./person.ts";

const apps = ["app-1", "app-2"];
const upgraded = ["web-1", "web-2", "web-3", "web-4", "web-5"];

const functions: Record<string, string> = {
  "http-smoke": "export const handler = (e) => ({ well: e.tier });",
  "s3-list":
    "export const handler = (e) => ({ files: ['invoice', 'order', 'letter', 'broken'].map((k) => ({ key: e.prefix + k })) });",
  "parse-file": `export const handler = ({ key }) => {
  const kind = key.split('/').at(-1);
  if (kind === 'broken') throw Object.assign(new Error('no header'), { code: 'BAD_FORMAT' });
  return { kind, key };
};`,
  "upsert-order": "export const handler = (e) => e;",
  quarantine: "export const handler = (e) => e;",
  "build-image": "export const handler = (e) => ({ image: 'app:' + e.ref });",
};

/** A server that takes what `http` steps send. */
export class Receiver {
  /** In order of their arrival: the path, the headers, and the body. */
  readonly requests: { path: string; headers: Record<string, unknown>; body: string }[] = [];
  readonly #server: Server;
  readonly port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const receiver = new Receiver(server, typeof address === "object" && address !== null ? address.port : 0);
    server.on("request", async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      receiver.requests.push({ path: request.url ?? "", headers: request.headers, body });
      response.end("{}");
    });
    return receiver;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** The full examples of the format on a fleet, with shorter pauses, programs that stand in, and addresses of this machine. */
export function fullExamplesSuite(fleet: () => Fleet, receiver: () => Receiver): void {
  /** What cannot be as it stands on a machine without a registry of images, aliases of workflows and hours of time. */
  function example(name: string): unknown {
    const url = new URL(`../../schema/src/workflow/examples/${name}.json`, import.meta.url);
    const here = `http://127.0.0.1:${receiver().port}`;
    return JSON.parse(readFileSync(url, "utf8"), (key, value: unknown) => {
      if (key === "pause") return "50ms";
      if (key === "duration") return 50;
      if (key === "image") return undefined;
      if (key === "requires") return { memMb: 16, cpu: 1 };
      if (key === "workflow") return String(value).replace("@stable", "@1");
      if (key === "triggers" || key === "notify") return undefined;
      if (value === "bi-token") return "BI_TOKEN";
      return key === "url" ? String(value).replace(/^https:\/\/[^/]+/, here) : value;
    });
  }
  const told = (what: RegExp) =>
    fleet()
      .story()
      .flatMap((line) => (what.test(line) ? [line.split(" ")[0]] : []));
  const ends = (view: { run: { steps: { path: string; status: string }[] } }) =>
    Object.fromEntries(view.run.steps.map(({ path, status }) => [path, status]));
  const run = (name: string, inputs: Record<string, unknown>) => fleet().run(example(name), inputs, name);

  describe("the full examples of the format", () => {
    let people: Person[];
    beforeAll(async () => {
      people = await Promise.all(["ana", "ben"].map((name) => Person.join(fleet(), name)));
      for (const [name, source] of Object.entries(functions)) {
        await fleet().world.deploy(name, { "index.ts": source });
      }
      for (const more of ["// 2", "// 3"]) {
        await fleet().world.deploy("http-smoke", { "index.ts": `${functions["http-smoke"]}${more}` });
      }
      for (const name of upgraded) {
        const machine = fleet().machine(name);
        const args = { ticket: { type: "string", pattern: "OPS-[0-9]+" } };
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a description has it so.
        const argv = [machine.program("mark"), "upgraded", "${ticket}"];
        machine.describe("apt-upgrade", { argv, args, env: ["TICKET"] });
        machine.describe("restore-snapshot", { argv: [machine.program("mark"), "restored"] });
      }
    }, 180_000);
    afterAll(() => {
      for (const name of apps) fleet().machine(name).spoil(false);
    });

    test("a fleet is patched after one person's yes, without what is frozen, and rebooted one by one", async () => {
      const id = await run("patch-fleet", { tier: "web", reboot: true });
      const asked = await fleet().until(
        id,
        "it asks",
        (view) => openPrompt(view.run, /Proceed/) !== undefined,
      );
      expect(openPrompt(asked.run, /Proceed/)?.message).toBe(
        "12 packages will be upgraded on tier web. Proceed?",
      );
      await expect(fleet().answer(id, /Proceed/, "Yes", { ticket: "OPS-7" })).rejects.toThrow(/403/);
      expect(await people[0]?.answer(id, "Yes", { ticket: "7" })).toBe(422);
      expect(await people[0]?.answer(id, "Yes", { ticket: "OPS-7" })).toBe(200);
      await fleet().answer(id, /Upgrade packages: 1 of 5/, "Continue");
      const view = await fleet().ended(id);
      expect([view.status, view.error]).toEqual(["succeeded", null]);
      expect(told(/ upgraded OPS-7$/)).toEqual(upgraded);
      expect(Object.keys(targetsOf(view, "upgrade"))).toEqual(upgraded);
      expect(stepOf(view, "reboot_servers").status).toBe("succeeded");
    });

    test("files are imported by their kind by functions and a workflow, and what failed is counted", async () => {
      await fleet().send("PUT", "/v1/secrets/BI_TOKEN", { value: "t0p" });
      await fleet().send("PUT", "/v1/workflows/import-invoice", {
        inputs: { doc: { type: "json" } },
        steps: [{ name: "Book", type: "set", set: { booked: "inputs.doc.key" } }],
      });
      const id = await run("nightly-import", { day: "2026-11-20" });
      const view = await fleet().ended(id);
      expect([view.status, view.error, view.run.outputs]).toEqual(["succeeded", null, { imported: 3 }]);
      const [sent] = receiver().requests.filter(({ path }) => path === "/hooks/refresh");
      expect(sent?.headers).toMatchObject({ authorization: "Bearer t0p", "idempotency-key": id });
    });

    test("a release waits for two people and an event, rolls out, migrates and reports", async () => {
      const id = await run("release", { ref: "v2", env: "production" });
      await fleet().until(id, "it asks", (view) => openPrompt(view.run, /production/) !== undefined);
      for (const person of people) expect(await person.answer(id, "Yes")).toBe(200);
      await fleet().until(id, "it waits for the event", (view) => ends(view).wait_for_metrics === "waiting");
      for (const ref of ["v1", "v2"]) {
        await fleet().send("POST", "/v1/events/slo.ok", { data: { env: "production", ref } });
      }
      const view = await fleet().ended(id);
      expect([view.status, view.error]).toEqual(["succeeded", null]);
      expect(told(/ deploy-app app:v2$/).sort()).toContain("app-1");
      expect(told(/ migrate up$/)).toEqual(["db-primary"]);
      const report = receiver().requests.findLast(({ path }) => path === "/status");
      expect(JSON.parse(report?.body ?? "")).toEqual({ ref: "v2", status: "succeeded" });
    });

    test("a roll-out that fails collects logs where it failed, asks, and is rolled back where it was begun", async () => {
      fleet().machine("app-2").spoil();
      const id = await run("release", { ref: "v3" });
      await fleet().answer(id, /Roll back/, "Roll back");
      const view = await fleet().ended(id);
      expect(view.status).toBe("failed");
      expect(told(/ journalctl /)).toEqual(["app-2"]);
      expect(told(/ deploy-app --previous$/).sort()).toEqual(apps);
      const report = receiver().requests.findLast(({ path }) => path === "/status");
      expect(JSON.parse(report?.body ?? "")).toEqual({ ref: "v3", status: "failed" });
    });
  });
}
