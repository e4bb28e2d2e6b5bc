import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pulseVersion } from "@pulse/schema/version";
import type { Job } from "@pulse/schema/wire/job";
import { protocolVersion, type SyncAnswer, sync, syncRequest } from "@pulse/schema/wire/runner-protocol";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { TestGateway } from "../gateway/src/runners/gateway.suite.ts";
import { RunnerIdentity } from "../gateway/src/runners/identity.suite.ts";
import { FakeGateway } from "../runner/src/fake-gateway.suite.ts";
import { bodyOf, ended, PlayedRunner } from "../runner/src/played-runner.suite.ts";
import {
  endpoints,
  faultsOf,
  lacks,
  type Recording,
  recordingOf,
  recordings,
} from "./recorded-wire.suite.ts";
import { wholeRun } from "./whole-run.suite.ts";
import type { Exchange } from "./wire-relay.suite.ts";

/** What belongs to users is theirs: nothing is added to it. */
const ofUsers = new Set(["input", "data", "value", "labels", "env"]);

/** The same message with a field that nobody knows in each of its objects. */
function withUnknown(message: unknown): unknown {
  if (Array.isArray(message)) return message.map(withUnknown);
  if (typeof message !== "object" || message === null) return message;
  const entries = Object.entries(message).map(([key, one]) => [
    key,
    ofUsers.has(key) ? one : withUnknown(one),
  ]);
  return { ...Object.fromEntries(entries), fromTheNextVersion: { is: ["unknown", 1, null] } };
}

const came = {
  told: {
    parent: [201, "made well"],
    once: [500, expect.stringContaining("no, thanks")],
    stuck: [202, expect.any(String)],
    left: [202, expect.any(String)],
  },
  given: {
    ...{ of: expect.objectContaining({ name: "parent" }), trigger: "http", path: "/", bytes: 100_000 },
    ...{ child: { status: 200, value: { is: "child" } }, kept: { value: { n: 1 } } },
  },
  problems: [],
  end: undefined,
};

test("a whole run goes as it does, and its messages are those of the contract", async () => {
  const { exchanges, ...run } = await wholeRun((message) => message);
  const recording = recordingOf(exchanges, pulseVersion);
  // A recording is made once for each protocol, and never again.
  const into = process.env.PULSE_RECORD_WIRE;
  if (into !== undefined) {
    mkdirSync(dirname(into), { recursive: true });
    writeFileSync(into, `${JSON.stringify(recording, null, 1)}\n`);
  }
  expect(run).toMatchObject(came);
  expect(recording.exchanges.flatMap((one) => faultsOf(one, endpointOf(one)))).toEqual([]);
});

test("with fields that nobody knows in every message, both ways, it goes just so", async () => {
  const { exchanges, ...run } = await wholeRun((message) => withUnknown(message));
  expect(run).toMatchObject(came);
  expect(exchanges.filter(({ status }) => status === 422)).toEqual([]);
});

function endpointOf({ method, path }: Pick<Exchange, "method" | "path">) {
  const found = endpoints.find((one) => one.method === method && one.path === path);
  if (found === undefined) throw new Error(`the protocol has no ${method} ${path} any more`);
  return found;
}

/** The first recorded call of a kind of which something holds. */
function pick(
  { exchanges }: Recording,
  path: string,
  // biome-ignore lint/suspicious/noExplicitAny: a recording is of another version
  holds: (request: any, answer: any) => boolean = () => true,
): Exchange {
  const found = exchanges.find(
    (one) => one.path === `/runner/v1${path}` && one.status < 300 && holds(one.request, one.answer),
  );
  if (found === undefined) throw new Error(`nothing of ${path} was recorded`);
  return found;
}

describe.each(recordings())("what was recorded of protocol $protocol, version $version", (recording) => {
  test("has every call but those that carry no message, and those of builds and keys", () => {
    const told = new Set(recording.exchanges.map(({ method, path }) => `${method} ${path}`));
    const left = endpoints.map(({ method, path }) => `${method} ${path}`).filter((one) => !told.has(one));
    expect(left.sort()).toEqual([
      "GET /runner/v1/builds/:key",
      "GET /runner/v1/bundles/:sha256",
      "POST /runner/v1/keys",
      "PUT /runner/v1/bundles/:sha256",
    ]);
  });

  test("is still what the contract says, and all of it is read", () => {
    expect(recording.exchanges.flatMap((one) => faultsOf(one, endpointOf(one)))).toEqual([]);
  });

  test("a gateway of now serves the runner of then", async () => {
    const gateway = await TestGateway.start();
    await gateway.addFunction("hello");
    const made = await gateway.call("/v1/enrolment-tokens", { method: "POST" });
    const identity = await RunnerIdentity.make();
    let [epoch, token] = [0, ""];
    /** Sends what was recorded with the names and numbers of now, and looks whether the answer has all that the recorded one had. */
    const again = async (one: Exchange, change: object, job?: Job) => {
      const headers: Record<string, string> = { ...one.headers, "pulse-epoch": String(epoch) };
      if (token !== "") headers.authorization = `Bearer ${token}`;
      if (job !== undefined) headers["pulse-fence"] = String(job.fence);
      const path = one.path.replace(":id", job?.execution ?? "");
      const isJson = one.request !== null;
      if (isJson) headers["content-type"] = "application/json";
      const bytes = Buffer.from(one.bytes ?? "", "base64");
      const body = isJson ? JSON.stringify({ ...(one.request as object), ...change }) : new Uint8Array(bytes);
      const { method } = one;
      const answer = await gateway.send(path, { method, headers, ...(body.length === 0 ? {} : { body }) });
      const text = await answer.text();
      if (recording.protocol < protocolVersion - 1) {
        expect(JSON.parse(text)).toMatchObject({ status: 426, code: "protocol_unsupported" });
        return null;
      }
      expect([one.path, answer.status, text]).toEqual([one.path, one.status, expect.any(String)]);
      const told = text.startsWith("{") ? JSON.parse(text) : null;
      expect(one.answer === null ? [] : lacks(one.answer, told)).toEqual([]);
      return told;
    };
    try {
      const enrolment = await identity.enrolment((await made.json()).token, "older");
      const enrolled = await again(pick(recording, "/enroll"), enrolment);
      if (enrolled === null) return;
      const assertion = await identity.assertion(enrolled.runner, gateway.parts.clock.now());
      token = (await again(pick(recording, "/token"), { assertion })).accessToken;
      epoch = (await again(pick(recording, "/session"), {})).epoch;
      const call = gateway.call("/f/hello", { method: "POST", body: "x".repeat(100_000) });
      const bringing = pick(
        recording,
        "/sync",
        (asked, told) => asked.running.length === 0 && told.jobs.length > 0,
      );
      const { jobs } = await again(bringing, { n: 1 });
      const [job] = jobs as [Extract<Job, { kind: "function" }>];
      const { execution, fence } = job;
      const running = [{ execution, fence }];
      // It names the job, and so takes it; it is answered when there is something to say.
      const parked = gateway.send("/runner/v1/sync", {
        method: "POST",
        headers: {
          ...{ "pulse-protocol": String(recording.protocol), "pulse-epoch": String(epoch) },
          ...{ authorization: `Bearer ${token}`, "content-type": "application/json" },
        },
        body: JSON.stringify({ ...(bringing.request as object), n: 2, running }),
      });
      parked.catch(() => undefined);
      await again(pick(recording, "/executions/:id/request"), {}, job);
      await again(pick(recording, "/executions/:id/logs"), {}, job);
      await again(pick(recording, "/renew"), { running });
      const completed = pick(
        recording,
        "/complete",
        ({ outcomes }) => outcomes[0].outcome.response?.body.base64,
      );
      const [outcome] = (completed.request as { outcomes: { outcome: object }[] }).outcomes;
      // Its log is the one that came before it.
      const logs = { lastSeq: 1, bytes: 5 };
      await again(completed, { outcomes: [{ execution, fence, outcome: { ...outcome?.outcome, logs } }] });
      expect(await (await call).json()).toEqual({ is: "child" });
      await again(
        pick(recording, "/session", (asked) => asked === null),
        {},
      );
      expect(gateway.parts.problems).toEqual([]);
    } finally {
      gateway.close();
    }
  });

  test("a runner of now works for the gateway of then", async () => {
    const gateway = await FakeGateway.start();
    const runner = new PlayedRunner();
    const of = (path: string, holds?: Parameters<typeof pick>[2]) => {
      const { status, answer: body } = pick(recording, path, holds);
      return { status, body };
    };
    const opened = of("/session", (asked) => asked !== null);
    const config = { ...(opened.body as { config: object }).config, renewEveryMs: 40 };
    gateway.on("POST /enroll", () => of("/enroll"));
    gateway.on("POST /token", () => of("/token"));
    gateway.on("POST /session", () => ({ ...opened, body: { ...(opened.body as object), config } }));
    const brought = of("/sync", (_asked, told) => told.jobs.length > 0).body as SyncAnswer;
    const [job] = brought.jobs as [Extract<Job, { kind: "function" }>];
    const ours = ({ execution }: { execution: string }) => execution === job.execution;
    gateway.on("POST /renew", () => of("/renew", (_asked, told) => told.leases.some(ours)));
    gateway.on("POST /executions/:id/logs", () => of("/executions/:id/logs"));
    gateway.on("POST /complete", () => of("/complete", (_asked, told) => told.results.some(ours)));
    gateway.on("GET /executions/:id/request", () => ({ body: Buffer.from("a body") }));
    runner.play = async (given, link, signal) => {
      const body = await new Response(await link.openBody(signal)).text();
      link.log({ t: 1, s: "stdout", d: "begun" });
      await gateway.until(() => gateway.of("POST /renew")[0]);
      await gateway.until(() => gateway.of("POST /executions/:id/logs")[0]);
      link.respond({ status: 200, headers: [] }, bodyOf(`${given.spec.function.name}:`, body));
      return ended();
    };
    try {
      await runner.start(gateway);
      await gateway.answerSync(brought);
      const { status, response } = await gateway.outcomeOf(job.execution);
      // What takes longer than 10 ms comes by itself.
      const streamed = gateway.of("POST /executions/:id/response")[0]?.bytes.toString();
      const body = response !== null && "base64" in response.body ? atob(response.body.base64) : streamed;
      expect([status, body]).toEqual(["succeeded", `${job.spec.function.name}:a body`]);
      // It goes on after that: the answer to its completion was understood.
      await vi.waitFor(async () => {
        await gateway.answerSync({});
        expect((await gateway.parked()).running).toEqual([]);
      }, 5000);
    } finally {
      await runner.stop();
      await gateway.close();
    }
  });
});

describe("a recording shows", () => {
  const bringing = () => pick(recordings()[0] as Recording, "/sync", (_asked, told) => told.jobs.length > 0);

  test("a field that became required", () => {
    const body = syncRequest.extend({ region: z.string() });
    expect(faultsOf(bringing(), { ...sync, body })).toEqual([expect.stringMatching(/^request\/region: /)]);
  });

  test("a field that was removed", () => {
    const body = syncRequest.omit({ free: true });
    expect(faultsOf(bringing(), { ...sync, body })).toEqual(["request/free: is not read any more"]);
  });

  test("an answer that lacks what was in it", () => {
    const { answer } = bringing();
    const { commands, ...less } = answer as SyncAnswer;
    expect(lacks(answer, less)).toEqual(["/commands"]);
    expect(lacks(answer, { ...less, commands: {} })).toEqual(["/commands"]);
  });
});
