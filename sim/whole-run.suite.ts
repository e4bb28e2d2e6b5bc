import { TestGateway } from "../gateway/src/runners/gateway.suite.ts";
import {
  aborted,
  bodyOf,
  ended,
  failed,
  type Play,
  PlayedRunner,
} from "../runner/src/played-runner.suite.ts";
import type { FunctionJob } from "../runner/src/work.ts";
import { type Change, type Exchange, WireRelay } from "./wire-relay.suite.ts";

/** What a whole run came to. */
export interface WholeRun {
  exchanges: Exchange[];
  /** Of each call, what its caller was told. */
  told: Record<string, [status: number, text: string]>;
  /** Of the function that asks for everything: what it was given. */
  given: unknown;
  /** What the gateway logged as an error. */
  problems: unknown[];
  /** What ended the runner; undefined: it drained. */
  end: unknown;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A real agent and a real gateway do everything that they do together: every kind of call of the protocol but those for code and keys. */
export async function wholeRun(change: Change): Promise<WholeRun> {
  const gateway = await TestGateway.start();
  for (const name of ["parent", "child", "stuck", "left"]) await gateway.addFunction(name);
  await gateway.addFunction("once", {}, { delivery: "atMostOnce" });
  const relay = await WireRelay.start(gateway, change);
  const runner = new PlayedRunner();
  const run: WholeRun = { exchanges: relay.exchanges, told: {}, given: null, problems: [], end: undefined };
  const call = async (name: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await gateway.call(`/f/${name}`, { method: "POST", body, headers });
    run.told[name] = [answer.status, await answer.text()];
    return answer.headers.get("pulse-execution-id") ?? "";
  };
  const isCall = (path: string) => (one: Exchange) => one.path === `/runner/v1${path}`;
  const running = new Set<string>();
  const plays: Record<string, Play> = {
    parent: async (job, link, signal) => {
      const body = await link.openBody(signal);
      link.log({ t: 1_760_000_000_000, s: "stdout", d: "begun" });
      const child = await link.invoke("child", { n: 1 }, signal);
      await link.emit("order.paid", { n: 1 }, "first", signal);
      await link.kv({ op: "set", key: "seen", value: { n: 1 } }, signal);
      const kept = await link.kv({ op: "get", key: "seen" }, signal);
      await relay.until(isCall("/executions/:id/logs"));
      await relay.until(isCall("/renew"));
      link.log({ t: 1_760_000_000_001, s: "log", d: "done", l: "info", f: { n: 1 } });
      const bytes = body === null ? 0 : (await new Response(body).arrayBuffer()).byteLength;
      const { function: of, trigger, request } = (job as FunctionJob).spec;
      run.given = { of, trigger: trigger.type, path: request.path, bytes, child, kept };
      link.respond({ status: 201, headers: [["content-type", "text/plain"]] }, slow("made ", "well"));
      return ended({ timing: { startMs: 3, initMs: 2, runMs: 1, start: "cold" } });
    },
    child: async (_job, link) => {
      link.respond(
        { status: 200, headers: [["content-type", "application/json"]] },
        bodyOf('{"is":"child"}'),
      );
      return ended();
    },
    once: async () => failed("no, thanks"),
    stuck: async (_job, _link, signal) => {
      await aborted(signal);
      return ended({ status: "cancelled", reason: "cancelled" });
    },
    left: async (_job, _link, signal) => {
      await aborted(signal);
      return ended({ status: "cancelled", reason: "cancelled" });
    },
  };
  runner.play = async (job, link, signal) => {
    running.add(job.spec.function.name);
    return (plays[job.spec.function.name] ?? plays.child ?? runner.play)(job, link, signal);
  };
  const isRunning = async (name: string) => {
    while (!running.has(name)) await pause(5);
  };
  try {
    const made = await gateway.call("/v1/enrolment-tokens", { method: "POST" });
    const { token } = await made.json();
    await runner.start(relay, { PULSE_ENROLMENT_TOKEN: token, PULSE_DRAIN_SECONDS: "0" });
    await call("parent", "x".repeat(100_000));
    await call("once", "{}");
    const stuck = await call("stuck", "{}", { prefer: "respond-async" });
    await isRunning("stuck");
    await gateway.call(`/v1/executions/${stuck}/cancel`, { method: "POST" });
    await relay.until((one) => isCall("/complete")(one) && JSON.stringify(one.request).includes(stuck));
    await call("left", "{}", { prefer: "respond-async" });
    await isRunning("left");
    // What it holds is given back, and then it leaves.
    runner.agent?.drain();
    run.end = await runner.ended;
  } finally {
    await runner.stop();
    await relay.close();
    gateway.close();
  }
  run.problems = gateway.parts.problems;
  return run;
}

/** A body that takes longer than what rides along with the outcome. */
function slow(...parts: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const part = parts.shift();
      if (part === undefined) return controller.close();
      controller.enqueue(encoder.encode(part));
      await pause(30);
    },
  });
}
