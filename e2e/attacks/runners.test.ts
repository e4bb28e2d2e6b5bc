import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";
import { BareRunner } from "./bare-runner.ts";

let world: World;
let mine: BareRunner;
beforeAll(async () => {
  world = await startWorld({ withoutRunner: true });
  mine = await BareRunner.join(world.url, await tokenFor({}), "mine");
});
afterAll(() => world.stop());

async function tokenFor(body: object): Promise<string> {
  const response = await world.call("/v1/enrolment-tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return ((await response.json()) as { token: string }).token;
}
const code = ({ status, json }: { status: number; json: Record<string, unknown> }) => [status, json.code];

describe("RN: runners", () => {
  test("RN-01 a token enrols once, also of two at once, and not after its time", async () => {
    const token = await tokenFor({});
    const both = await Promise.all(
      ["one", "two"].map((name) => BareRunner.tryToEnrol(world.url, token, name)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 401]);
    expect(code(await BareRunner.tryToEnrol(world.url, token, "three"))).toEqual([
      401,
      "enrolment_token_used",
    ]);
    const unknown = await BareRunner.tryToEnrol(world.url, `et_${"x".repeat(40)}`, "four");
    expect(code(unknown)).toEqual([401, "enrolment_token_invalid"]);
  });

  test("RN-02 nobody takes over a runner by its name", async () => {
    const taken = await BareRunner.tryToEnrol(world.url, await tokenFor({}), "mine");
    expect(code(taken)).toEqual([409, "name_taken"]);
    expect((await mine.renewToken()).status).toBe(200);
  });

  test("RN-04 of one key in two places the newest session counts, and the other is told", async () => {
    const before = mine.epoch;
    await mine.openSession();
    expect(mine.epoch).toBeGreaterThan(before);
    const old = await mine.say("POST", "/renew", { running: [] }, { "pulse-epoch": String(before) });
    expect(code(old)).toEqual([409, "session_superseded"]);
  });

  test("RN-05, RN-06 a runner is in the pool it was let into, with the labels it was given, whatever it says", async () => {
    const token = await tokenFor({ pool: "a", labels: { env: "test" } });
    const runner = await BareRunner.join(world.url, token, "in-a");
    await runner.openSession(undefined, { pool: "default", labels: { env: "prod", "*": "*" }, name: "mine" });
    const { items } = (await (await world.call("/v1/runners")).json()) as {
      items: Record<string, unknown>[];
    };
    expect(items.find(({ name }) => name === "in-a")).toMatchObject({ pool: "a", labels: { env: "test" } });
    const waiting = runner.sync(1, 1000);
    await world.call("/v1/functions/nothing/versions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        runtime: "typescript",
        files: { "index.ts": "export const handler = () => 1;" },
      }),
    });
    expect((await waiting).json.jobs).toEqual([]);
  });

  test("RN-07, RN-08 a runner changes no work but its own, whatever it calls itself", async () => {
    const other = await BareRunner.join(world.url, await tokenFor({}), "other");
    const deployed = await world.call("/v1/functions/theirs/versions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        runtime: "typescript",
        files: { "index.ts": "export const handler = () => 1;" },
      }),
    });
    expect(deployed.status).toBe(201);
    const { json } = await other.sync(1, 5000);
    const [job] = json.jobs as { execution: string; fence: number }[];
    if (job === undefined) throw new Error("the build was not handed out");
    await other.sync(2, 0);
    for (const fence of [job.fence, job.fence + 1, 0]) {
      const headers = { "pulse-fence": String(fence) };
      const answers = await Promise.all([
        mine.say("POST", `/executions/${job.execution}/start`, { instanceId: "mine" }, headers),
        mine.say("GET", `/executions/${job.execution}/request`, null, headers),
        mine.say(
          "POST",
          `/executions/${job.execution}/release`,
          { reason: "drained", started: false, runner: other.id, runner_id: other.id },
          headers,
        ),
        mine.say("POST", `/executions/${job.execution}/invoke`, { name: "theirs", input: null }, headers),
      ]);
      for (const { json: said } of answers) {
        expect(["fenced", "not_found"], JSON.stringify(said)).toContain(said.code);
      }
    }
    const settled = await mine.say("POST", "/complete", {
      outcomes: [
        {
          execution: job.execution,
          fence: job.fence,
          outcome: {
            status: "failed",
            reason: "crashed",
            error: null,
            response: null,
            built: null,
            timing: {},
            truncated: false,
            logs: { lastSeq: 0, bytes: 0 },
          },
        },
      ],
      want: 0,
    });
    expect(settled).toMatchObject({ status: 200, json: { results: [{ result: "fenced" }] } });
    const view = (await (await world.call(`/v1/executions/${job.execution}`)).json()) as { status: string };
    expect(["offered", "running", "queued"]).toContain(view.status);
  });

  test("PT-01 a bundle is named by its digest alone", async () => {
    const names = [
      "..%252f..%252fetc%252fpasswd",
      "x".repeat(64),
      "A".repeat(64),
      "con",
      "a%0ab",
      "0".repeat(63),
    ];
    for (const name of names) {
      for (const method of ["GET", "PUT"]) {
        expect([404, 422], `${method} ${name}`).toContain(
          (await mine.say(method, `/bundles/${name}`, {})).status,
        );
      }
    }
    expect((await mine.say("GET", `/bundles/${"0".repeat(64)}`, null)).status).toBe(404);
  });

  test("RN-09 a runner's token opens the runner protocol alone", async () => {
    for (const path of ["/v1/functions", "/v1/secrets", "/v1/users", "/v1/keys", "/v1/me", "/f/theirs"]) {
      const response = await fetch(world.url + path, { headers: { authorization: `Bearer ${mine.token}` } });
      expect([401, 403], path).toContain(response.status);
    }
  });

  test("RN-10 there is nothing by which a runner asks for secrets", async () => {
    for (const path of ["/secrets", "/secrets/X", "/executions/exe_x/secrets"]) {
      expect((await mine.say("GET", path, null)).status).toBe(404);
    }
  });

  test("RN-11 a session of megabytes, with ten thousand labels, or of nonsense is refused", async () => {
    const huge = await mine.openSession(undefined, { facts: { os: "x".repeat(11 * 2 ** 20) } });
    expect(huge.status).toBe(413);
    for (const more of [
      { capacity: -1 },
      { capacity: 1e9 },
      { capabilities: "all" },
      { facts: null },
      { inFlight: {} },
    ]) {
      expect((await mine.openSession(undefined, more)).status).toBe(422);
    }
  });

  test("an assertion is taken once, by the gateway it is for, and signed by its runner", async () => {
    const { assertionOf } = await import("../../runner/src/identity.ts");
    const identity = { ...mine.keys, runner: mine.id } as never;
    const send = async (assertion: string) =>
      (
        await fetch(`${world.url}/runner/v1/token`, {
          method: "POST",
          headers: { "content-type": "application/json", "pulse-protocol": "1" },
          body: JSON.stringify({ assertion }),
        })
      ).status;
    const good = await assertionOf(identity, `${world.url}/runner/v1/token`, Date.now());
    expect([await send(good), await send(good)]).toEqual([200, 401]);
    expect(
      await send(await assertionOf(identity, "https://evil.example.test/runner/v1/token", Date.now())),
    ).toBe(401);
    const other = await BareRunner.tryToEnrol(world.url, await tokenFor({}), "forger");
    const forged = { ...other.keys, runner: mine.id } as never;
    expect(await send(await assertionOf(forged, `${world.url}/runner/v1/token`, Date.now()))).toBe(401);
  });

  test("RN-04 a runner that is removed is out with its next request", async () => {
    const gone = await BareRunner.join(world.url, await tokenFor({}), "gone");
    expect((await world.call("/v1/runners/gone", { method: "DELETE" })).status).toBe(204);
    expect((await gone.sync(1, 0)).status).toBe(401);
    expect((await gone.renewToken()).status).toBe(401);
  });
});
