import { createHash, randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aJob, FakeGateway, type Seen } from "./fake-gateway.suite.ts";
import { aborted, ended, PlayedRunner } from "./played-runner.suite.ts";

let gateway: FakeGateway;
let runner: PlayedRunner;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  runner = new PlayedRunner();
  await runner.start(gateway);
});
afterEach(async () => {
  await runner.stop();
  await gateway.close();
});

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const give = (...jobs: Parameters<typeof aJob>[]) =>
  gateway.answerSync({ jobs: jobs.map((one) => aJob(...one)) });

describe("outcomes", () => {
  test("a small response rides in the completion, which names its fence and asks for the next jobs", async () => {
    await give(["exe_1", { fence: 5 }]);
    const outcome = await gateway.outcomeOf("exe_1");
    expect(outcome.response).toEqual({ status: 200, headers: [], body: { base64: btoa("ok") } });
    const [sent] = gateway.of("POST /complete");
    expect(sent?.json).toMatchObject({ outcomes: [{ fence: 5 }], want: 4 });
    expect(sent?.headers["pulse-epoch"]).toBe("7");
  });

  test("jobs of a completion's answer run, and a renewal names them within a second or so", async () => {
    gateway.once("POST /complete", ({ json }) => ({
      body: { results: [{ ...json.outcomes[0], result: "ok" }], jobs: [aJob("exe_2")] },
    }));
    const gate = Promise.withResolvers<void>();
    runner.play = async ({ execution }) => {
      if (execution === "exe_2") await gate.promise;
      return ended();
    };
    await give(["exe_1"]);
    await gateway.until(() =>
      gateway.of("POST /renew").some(({ json }) => json.running[0]?.execution === "exe_2"),
    );
    gate.resolve();
    expect((await gateway.outcomeOf("exe_2")).status).toBe("succeeded");
  });

  test("however many completions bring jobs within a second, one renewal names what came", async () => {
    gateway.config = { ...gateway.config, renewEveryMs: 60_000 };
    const gate = Promise.withResolvers<void>();
    let n = 1;
    gateway.on("POST /complete", ({ json }) => ({
      body: {
        results: json.outcomes.map((one: object) => ({ ...one, result: "ok" })),
        jobs: n < 50 ? [aJob(`exe_${++n}`)] : [],
      },
    }));
    runner.play = async ({ execution }) => {
      if (execution === "exe_50") await gate.promise;
      return ended();
    };
    const begunAt = performance.now();
    await give(["exe_1"]);
    await gateway.until(() => gateway.of("POST /complete").length === 49);
    const seconds = (performance.now() - begunAt) / 1000;
    await gateway.until(() => gateway.of("POST /renew").length > 0);
    const lastAt = performance.now();
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(lastAt + 1200), 2000);
    expect(gateway.of("POST /renew").length).toBeLessThanOrEqual(1 + Math.floor(seconds));
    gate.resolve();
    await gateway.outcomeOf("exe_50");
  });

  test("an outcome outlives a gateway that is gone", async () => {
    const gate = Promise.withResolvers<void>();
    runner.play = async () => {
      await gate.promise;
      return ended();
    };
    await give(["exe_1"]);
    await gateway.parked();
    await gateway.close();
    gate.resolve();
    await vi.waitFor(() => expect(runner.said.join()).toContain("not delivered yet"));
    await gateway.open();
    expect((await gateway.outcomeOf("exe_1")).status).toBe("succeeded");
  });

  test("one that the gateway cannot take does not hold up the others, and says why", async () => {
    gateway.on("POST /complete", ({ json }) => {
      const bad = json.outcomes.some(
        (one: { execution: string; outcome: { status: string } }) =>
          one.execution === "exe_bad" && one.outcome.status === "succeeded",
      );
      if (bad) return gateway.problem(422, "validation_failed");
      const results = json.outcomes.map((one: object) => ({ ...one, result: "ok" }));
      return { body: { results, jobs: [] } };
    });
    await give(["exe_bad"], ["exe_good"]);
    await gateway.until(() => {
      const last = gateway.of("POST /complete").at(-1)?.json.outcomes[0];
      return last?.execution === "exe_bad" && last.outcome.reason === "infrastructure";
    });
    const alone = gateway.of("POST /complete").filter(({ json }) => json.outcomes.length === 1);
    expect(alone.some(({ json }) => json.outcomes[0].execution === "exe_good")).toBe(true);
  });
});

describe("responses", () => {
  test("a large one is piped with its head, and the completion carries bytes and digest", async () => {
    const bytes = randomBytes(700_000);
    runner.play = async (_job, link) => {
      link.respond({ status: 201, headers: [["x-own", "1"]] }, new Blob([bytes]).stream());
      return ended();
    };
    await give(["exe_1"]);
    const { response } = await gateway.outcomeOf("exe_1");
    expect(response?.body).toEqual({ streamed: true, bytes: bytes.length, sha256: sha256(bytes) });
    const [piped] = gateway.of("POST /executions/:id/response");
    expect(piped?.bytes.equals(bytes)).toBe(true);
    const head = Buffer.from(String(piped?.headers["pulse-response-head"]), "base64url").toString();
    expect(JSON.parse(head)).toEqual({ status: 201, headers: [["x-own", "1"]] });
  });

  test("one that the gateway calls too large fails the call, it does not succeed without a body", async () => {
    gateway.on("POST /executions/:id/response", () => gateway.problem(413, "payload_too_large"));
    runner.play = async (_job, link) => {
      link.respond({ status: 200, headers: [] }, new Blob([randomBytes(400_000)]).stream());
      return ended();
    };
    await give(["exe_1"]);
    expect(await gateway.outcomeOf("exe_1")).toMatchObject({
      status: "failed",
      reason: "payload_too_large",
      truncated: true,
      response: null,
    });
  });

  test("one that breaks off after its head is truncated and failed", async () => {
    runner.play = async (_job, link) => {
      const parts = [randomBytes(300_000)];
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.error(new Error("the process ended"));
          else controller.enqueue(part);
        },
      });
      link.respond({ status: 200, headers: [] }, body);
      return ended();
    };
    await give(["exe_1"]);
    expect(await gateway.outcomeOf("exe_1")).toMatchObject({
      status: "failed",
      truncated: true,
      response: null,
    });
  });
});

describe("requests", () => {
  test("a stored body is fetched under the job's fence", async () => {
    gateway.on("GET /executions/:id/request", () => ({ body: Buffer.from("from the store") }));
    let read = "";
    runner.play = async (_job, link, signal) => {
      read = await new Response(await link.openBody(signal)).text();
      return ended();
    };
    const { spec } = aJob("exe_1");
    await give(["exe_1", { fence: 2, spec: { ...spec, body: { at: "stored", bytes: 14 } } as never }]);
    await gateway.outcomeOf("exe_1");
    expect(read).toBe("from the store");
    expect(gateway.of("GET /executions/:id/request")[0]?.headers["pulse-fence"]).toBe("2");
  });

  test("content is fetched once however many ask, and content with another digest is refused", async () => {
    const bytes = randomBytes(1000);
    gateway.on(`GET /bundles/${sha256(bytes)}`, () => ({ body: bytes }));
    gateway.on(`GET /bundles/${"f".repeat(64)}`, () => ({ body: bytes }));
    const seen: string[] = [];
    runner.play = async (_job, link, signal) => {
      await Promise.all([1, 2, 3].map(() => link.content(sha256(bytes), signal)));
      await link.content("f".repeat(64), signal).catch((error: Error) => seen.push(error.message));
      return ended();
    };
    await give(["exe_1"]);
    await gateway.outcomeOf("exe_1");
    expect(gateway.of(`GET /bundles/${sha256(bytes)}`)).toHaveLength(1);
    expect(seen.join()).toContain(`arrived as ${sha256(bytes)}`);
  });
});

describe("the start gate", () => {
  const atMostOnce = { delivery: "atMostOnce" as const };

  test("nothing of an at-most-once job runs before the gateway opened it, however often it must be asked", async () => {
    gateway.on("POST /executions/:id/start", () => {
      expect(runner.ran).toEqual([]);
      return { body: { timeoutMs: 1234 } };
    });
    gateway.once("POST /executions/:id/start", () => gateway.problem(503, "unavailable"));
    await give(["exe_1", atMostOnce]);
    await gateway.outcomeOf("exe_1");
    expect(runner.ran.map(({ timeoutMs }) => timeoutMs)).toEqual([1234]);
    const asked = gateway.of("POST /executions/:id/start").map(({ json }) => json.instanceId);
    expect(asked).toHaveLength(2);
    expect(new Set(asked).size).toBe(1);
  });

  test.each(["fenced", "cancelled"])(
    "one that is %s by then never runs and settles nothing",
    async (code) => {
      gateway.on("POST /executions/:id/start", () => gateway.problem(code === "fenced" ? 409 : 410, code));
      await give(["exe_1", atMostOnce], ["exe_2"]);
      await gateway.outcomeOf("exe_2");
      await gateway.until(
        () => gateway.of("POST /sync").at(-1)?.json.running.length === 0 || runner.nowWarm("v"),
      );
      expect(runner.ran.map(({ execution }) => execution)).toEqual(["exe_2"]);
      expect(gateway.of("POST /complete").flatMap(({ json }) => json.outcomes)).toHaveLength(1);
    },
  );
});

describe("logs", () => {
  const linesOf = ({ bytes }: Seen) =>
    gunzipSync(bytes)
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number; d: string });
  const uploads = () => gateway.of("POST /executions/:id/logs");
  const line = (d: string) => ({ t: 1, s: "stdout" as const, d });

  test("a few lines ride in the completion, numbered from 1", async () => {
    runner.play = async (_job, link) => {
      link.log(line("one"));
      link.log(line("two"));
      return ended();
    };
    await give(["exe_1"]);
    const outcome = await gateway.outcomeOf("exe_1");
    expect(outcome.logs.lastSeq).toBe(2);
    const [sent] = gateway.of("POST /complete");
    const rode = gunzipSync(Buffer.from(sent?.json.outcomes[0].logs.gzip, "base64")).toString();
    expect(rode.split("\n").filter(Boolean)).toHaveLength(2);
    expect(uploads()).toHaveLength(0);
  });

  test("lines of a running job go out while it runs, and its cancellation may come back with them", async () => {
    runner.play = async (_job, link, signal) => {
      link.log(line("early"));
      await aborted(signal);
      return ended({ status: "cancelled", reason: "cancelled" });
    };
    gateway.on("POST /executions/:id/logs", () => ({
      status: 202,
      body: { ackSeq: 1, nextFlushMs: 20, cancelled: true },
    }));
    await give(["exe_1"]);
    expect((await gateway.outcomeOf("exe_1")).status).toBe("cancelled");
    expect(uploads().flatMap(linesOf)).toMatchObject([{ seq: 1, d: "early" }]);
  });

  test("what the function goes on with after its response is sent when it comes, numbered on", async () => {
    let late: (() => void) | null = null;
    runner.play = async (_job, link) => {
      link.log(line("in time"));
      late = () => link.log(line("late"));
      return ended();
    };
    await give(["exe_1"]);
    await gateway.outcomeOf("exe_1");
    (late as (() => void) | null)?.();
    const [sent] = await gateway.until(() => uploads().length > 0 && uploads());
    expect(sent === undefined ? [] : linesOf(sent)).toMatchObject([{ seq: 2, d: "late" }]);
  });

  test("a chunk that failed is sent again, byte for byte, before the next one", async () => {
    runner.play = async (_job, link) => {
      for (let at = 0; at < 20; at++) link.log(line(String(at).repeat(20_000)));
      return ended();
    };
    gateway.once("POST /executions/:id/logs", () => gateway.problem(503, "unavailable"));
    await give(["exe_1"]);
    const { logs } = await gateway.outcomeOf("exe_1");
    const [first, again, ...later] = uploads();
    expect(first?.bytes.equals(again?.bytes ?? Buffer.alloc(0))).toBe(true);
    const seqs = [again, ...later]
      .flatMap((one) => (one === undefined ? [] : linesOf(one)))
      .map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, at) => at + 1));
    expect(logs.lastSeq).toBe(20);
  });

  test("after a gap it goes back to the line that the gateway expects", async () => {
    runner.play = async (_job, link) => {
      for (let at = 0; at < 30; at++) link.log(line("x".repeat(20_000)));
      return ended();
    };
    const acked: number[] = [];
    let forgot = false;
    gateway.on("POST /executions/:id/logs", ({ headers }) => {
      const firstSeq = Number(headers["pulse-first-seq"]);
      if (firstSeq > 1 && !forgot) {
        forgot = true;
        acked.length = 0;
        return gateway.problem(416, "log_gap", { expectedSeq: 1 });
      }
      acked.push(firstSeq);
      return { status: 202, body: { ackSeq: Number(headers["pulse-last-seq"]), nextFlushMs: 20 } };
    });
    await give(["exe_1"]);
    await gateway.outcomeOf("exe_1");
    expect(forgot).toBe(true);
    expect(acked[0]).toBe(1);
    expect(new Set(acked).size).toBe(acked.length);
  });

  test("lines that the gateway lacks at the end are sent before the outcome is sent again", async () => {
    runner.play = async (_job, link) => {
      link.log(line("rode along"));
      return ended();
    };
    gateway.once("POST /complete", ({ json }) => ({
      body: { results: [{ ...json.outcomes[0], result: "logs_missing", expectedSeq: 1 }], jobs: [] },
    }));
    await give(["exe_1"]);
    await gateway.until(() => gateway.of("POST /complete").length === 2);
    expect(uploads().flatMap(linesOf)).toMatchObject([{ seq: 1, d: "rode along" }]);
    expect(gateway.of("POST /complete")[1]?.json.outcomes[0].outcome.logs.lastSeq).toBe(1);
  });

  test("above the limit the first fifth and the end are kept, with a marker between them", async () => {
    const { spec } = aJob("exe_1");
    const settings = { logs: { max: 100_000 } };
    runner.play = async (_job, link) => {
      for (let at = 0; at < 1000; at++) link.log(line(`${String(at).padStart(4, "0")}${"x".repeat(995)}`));
      return ended();
    };
    await give(["exe_1", { spec: { ...spec, settings } as never }]);
    const { logs } = await gateway.outcomeOf("exe_1");
    const rode = gateway.of("POST /complete")[0]?.json.outcomes[0].logs;
    const all = [
      ...uploads().flatMap(linesOf),
      ...(rode === undefined ? [] : linesOf({ bytes: Buffer.from(rode.gzip, "base64") } as Seen)),
    ];
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, at) => at + 1));
    expect(logs.lastSeq).toBe(all.length);
    expect(all[0]?.d.startsWith("0000")).toBe(true);
    expect(all.at(-1)?.d.startsWith("0999")).toBe(true);
    const marker = all.findIndex(({ d }) => d.includes("lines left out"));
    expect(all[marker]?.d).toBe(`… ${1000 - (all.length - 1)} lines left out: the log is over its limit …`);
    // A fifth of the limit is 20 lines of 1,000 bytes with their ends.
    expect(marker).toBe(20);
  });
});
