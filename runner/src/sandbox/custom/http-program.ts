import { Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { CallError } from "../outcome.ts";
import { type Companion, NobodyListens, programPort } from "./companion.ts";
import type { PlayedCall } from "./played-call.ts";
import type { CallHead, Program } from "./played-frames.ts";

const askEveryMs = 25;
const idleMs = 30_000;
const endsSoonMs = 1500;

/** What concerns one connection only, and what we say ourselves. */
const notForwarded = new Set([
  ...[
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
  ],
  ...["pulse-execution-id", "pulse-attempt", "pulse-deadline", "pulse-timeout-ms", "pulse-trigger"],
  ...["pulse-idempotency-key", "pulse-alias", "traceparent"],
]);
const notAnswered = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

interface HttpOptions {
  ended: Promise<unknown>;
  readyMs: number;
  onBroken(): void;
}

/** A program that serves HTTP on a port inside its container, reached through its companion. */
export class HttpProgram implements Program {
  readonly kind = "http";
  readonly #companion: Companion;
  readonly #readyMs: number;
  readonly #agent: Agent;
  readonly #ended: Promise<unknown>;
  readonly #onBroken: () => void;

  /** `ended` resolves when its container has ended; `onBroken` hears that it is of no use any more. */
  constructor(companion: Companion, { ended, readyMs, onBroken }: HttpOptions) {
    this.#companion = companion;
    this.#readyMs = readyMs;
    this.#ended = ended;
    this.#onBroken = onBroken;
    this.#agent = new ThroughCompanion(companion);
  }

  async ready(): Promise<CallError | "ended" | null> {
    const until = performance.now() + this.#readyMs;
    let isOver = false;
    void this.#ended.then(() => {
      isOver = true;
    });
    while (performance.now() < until && !isOver) {
      const socket = await this.#companion.connect().catch(() => null);
      if (socket !== null) {
        socket.destroy();
        return null;
      }
      await sleep(askEveryMs);
    }
    if (isOver) return "ended";
    const waited = `after ${this.#readyMs / 1000} s`;
    const message = `nothing listens on $PORT (${programPort}) ${waited}; the program must listen there, on 127.0.0.1 or 0.0.0.0`;
    return { code: "init_error", message };
  }

  async call(call: PlayedCall): Promise<void> {
    try {
      const answer = await this.#send(call);
      const status = answer.statusCode ?? 0;
      call.respond(
        status,
        pairsOf(answer.rawHeaders).filter(([name]) => !notAnswered.has(name)),
      );
      for await (const chunk of answer) if (!(await call.write(chunk as Buffer))) break;
      if (call.cancelled.aborted) throw new Error(String(call.cancelled.reason));
      await this.#companion.mark(call.head.nonce);
      call.end();
    } catch (error) {
      // How it ended says more, where the whole program did.
      const isOver = this.#ended.then(() => true);
      if (!call.cancelled.aborted && (await Promise.race([isOver, sleep(endsSoonMs, false)]))) return;
      await this.#companion.mark(call.head.nonce);
      const why = error instanceof Error ? error.message : String(error);
      const isDeaf = error instanceof NobodyListens;
      const message = isDeaf ? `${why} any more` : `the program's HTTP answer broke off: ${why}`;
      call.fail({ code: "bad_response", message });
      if (isDeaf) this.#onBroken();
    }
  }

  #send(call: PlayedCall): Promise<IncomingMessage> {
    const { head, body, cancelled } = call;
    return new Promise((resolve, reject) => {
      const asked = request({
        agent: this.#agent,
        method: head.method,
        path: head.path,
        headers: headersOf(head).flat(),
        setHost: false,
        signal: cancelled,
      });
      asked.on("response", resolve);
      asked.on("upgrade", (_, socket) => {
        socket.destroy();
        reject(new Error("it asked to change to another protocol"));
      });
      asked.on("error", reject);
      if (head.body) body.pipe(asked);
      else asked.end();
    });
  }
}

/** Connections to the program, kept while it is called. */
class ThroughCompanion extends Agent {
  readonly #companion: Companion;

  constructor(companion: Companion) {
    super({ keepAlive: true, timeout: idleMs, maxFreeSockets: 8 });
    this.#companion = companion;
  }

  override createConnection(_: unknown, done?: (error: Error | null, socket: Socket) => void): undefined {
    this.#companion.connect().then(
      (socket) => done?.(null, socket),
      // Node takes no socket where there is an error.
      (error: unknown) => done?.(error as Error, null as unknown as Socket),
    );
  }
}

/** The request's own headers, and what a bootstrap would tell as `ctx`. */
function headersOf(head: CallHead): HeaderList {
  const own = head.headers.filter(([name]) => !notForwarded.has(name));
  const hasHost = own.some(([name]) => name === "host");
  const told: [string, string | null][] = [
    ["host", hasHost ? null : new URL(head.url).host],
    ["traceparent", head.traceparent],
    ...factsOf(head).map(([name, value]): [string, string] => [
      `pulse-${name.toLowerCase().replaceAll("_", "-")}`,
      value,
    ]),
  ];
  return [...own, ...told.filter((one): one is [string, string] => one[1] !== null)];
}

/** What a program is told of its call besides the request: as `Pulse-…` headers, and as `PULSE_…` variables. */
export function factsOf(head: CallHead): [string, string][] {
  const facts: [string, string | null][] = [
    ["EXECUTION_ID", head.executionId],
    ["ATTEMPT", String(head.attempt)],
    ["DEADLINE", String(head.deadline)],
    ["TIMEOUT_MS", String(head.timeoutMs)],
    ["TRIGGER", head.trigger.type],
    ["ALIAS", head.alias],
    ["IDEMPOTENCY_KEY", head.idempotencyKey],
  ];
  return facts.filter((one): one is [string, string] => one[1] !== null);
}

function pairsOf(raw: readonly string[]): HeaderList {
  return Array.from({ length: raw.length / 2 }, (_, at) => [
    (raw[at * 2] ?? "").toLowerCase(),
    raw[at * 2 + 1] ?? "",
  ]);
}
