import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Job, Outcome } from "@pulse/schema/wire/job";
import type { Completion, SyncAnswer, SyncRequest } from "@pulse/schema/wire/runner-protocol";
import { compactVerify, importJWK, type JWK, jwtVerify } from "jose";

/** A call that the runner made. */
export interface Seen {
  method: string;
  /** Below `/runner/v1`. */
  path: string;
  headers: IncomingMessage["headers"];
  bytes: Buffer;
  /** The body, when it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  json: any;
  socket: Socket;
}

/** What a call is answered with: a status, a JSON body (or text), headers; `null` leaves it without an answer. */
export type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | null;

type Handler = (seen: Seen) => Answer | Promise<Answer>;

const problem = (status: number, code: string, more: object = {}): Answer => ({
  status,
  body: { type: `urn:pulse:problem:${code}`, title: code, status, detail: code, code, ...more },
  headers: { "content-type": "application/problem+json" },
});

/** A gateway that a test plays, on a real HTTP server: it parks syncs, verifies signatures, and answers the rest as told. */
export class FakeGateway {
  readonly seen: Seen[] = [];
  readonly problem = problem;
  config = { renewEveryMs: 40, selfFenceMs: 55_000, syncWaitMs: 30_000 };
  readonly #handlers = new Map<string, Handler>();
  readonly #watching = new Set<() => void>();
  readonly #parked: { request: SyncRequest; answer(answer: SyncAnswer): void }[] = [];
  #server: Server;
  #port = 0;
  #signingKey: JWK | null = null;
  #jti = new Set<string>();

  private constructor() {
    this.#server = this.#make();
  }

  static async start(): Promise<FakeGateway> {
    const gateway = new FakeGateway();
    await gateway.open();
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  #make(): Server {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.keepAliveTimeout = 60_000;
    return server;
  }

  /** Listens, on the port it had before if it had one. */
  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection and refuses new ones, as a gateway that was killed does. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
    this.#parked.length = 0;
    this.#server = this.#make();
  }

  /** Answers a call such as `POST /complete` from now on; `:id` stands for any one segment. */
  on(call: string, handler: Handler): void {
    this.#handlers.set(call, handler);
  }

  /** Answers it once like this, and afterwards as before. */
  once(call: string, handler: Handler): void {
    const before = this.#handlers.get(call);
    this.#handlers.set(call, (seen) => {
      if (before === undefined) this.#handlers.delete(call);
      else this.#handlers.set(call, before);
      return handler(seen);
    });
  }

  /** Calls of one kind so far. */
  of(call: string): Seen[] {
    return this.seen.filter((one) => keyOf(one) === call);
  }

  /** Resolves with what `look` finds, looked for again at every call. */
  async until<T>(look: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve) => this.#watching.add(resolve));
    }
  }

  /** Resolves with the parked sync's request. */
  async parked(): Promise<SyncRequest> {
    return (await this.until(() => this.#parked.at(-1))).request;
  }

  /** Syncs that have no answer yet. */
  get parkedCount(): number {
    return this.#parked.length;
  }

  /** Answers the newest parked sync. */
  async answerSync(answer: Partial<SyncAnswer>): Promise<void> {
    await this.parked();
    this.#parked.pop()?.answer({ serverTimeMs: Date.now(), jobs: [], cancel: [], commands: [], ...answer });
  }

  /** The outcome that was completed for an execution. */
  async outcomeOf(execution: string): Promise<Outcome> {
    const find = () =>
      this.of("POST /complete")
        .flatMap(({ json }) => json.outcomes)
        .find((one) => one.execution === execution);
    return (await this.until(find)).outcome;
  }

  /** All lines that came, with the ends of logs that ride along with their outcomes. */
  shipped(): string {
    const chunks = this.of("POST /executions/:id/logs").map(({ bytes }) => bytes);
    const outcomes = this.of("POST /complete").flatMap(({ json }) => json.outcomes as Completion[]);
    const rode = outcomes.flatMap(({ logs }) =>
      logs === undefined ? [] : [Buffer.from(logs.gzip, "base64")],
    );
    return [...chunks, ...rode].map((gzip) => gunzipSync(gzip).toString()).join("");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    const path = (request.url ?? "").replace("/runner/v1", "");
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return;
    }
    const bytes = Buffer.concat(parts);
    const isJson = request.headers["content-type"] === "application/json";
    const json = isJson ? JSON.parse(bytes.toString("utf8")) : null;
    const { method = "", headers, socket } = request;
    const seen: Seen = { method, path, headers, bytes, json, socket };
    this.seen.push(seen);
    const [call = ""] = keyOf(seen).split("?");
    const handler =
      this.#handlers.get(keyOf(seen)) ?? this.#handlers.get(call) ?? ((one: Seen) => this.#usual(one));
    const answering = Promise.resolve(handler(seen));
    this.#changed();
    const answer = await answering;
    if (answer === null || response.destroyed) return;
    const { status = 200, body, headers: more = {} } = answer;
    if (body instanceof Uint8Array || typeof body === "string") response.writeHead(status, more).end(body);
    else if (body === undefined) response.writeHead(status, more).end();
    else
      response.writeHead(status, { "content-type": "application/json", ...more }).end(JSON.stringify(body));
  }

  #changed(): void {
    const watching = [...this.#watching];
    this.#watching.clear();
    for (const wake of watching) wake();
  }

  #usual(seen: Seen): Answer | Promise<Answer> {
    switch (keyOf(seen)) {
      case "POST /enroll":
        return this.#enroll(seen);
      case "POST /token":
        return this.#token(seen);
      case "POST /session":
        return { body: { epoch: 7, name: "one", config: this.config, reconcile: [] } };
      case "POST /sync":
        return this.#sync(seen);
      case "POST /renew":
        return { body: { leases: seen.json.running.map((one: object) => ({ ...one, status: "ok" })) } };
      case "POST /complete":
        return { body: { results: seen.json.outcomes.map(settled), jobs: [] } };
      case "POST /executions/:id/logs":
        return { status: 202, body: { ackSeq: Number(seen.headers["pulse-last-seq"]), nextFlushMs: 20 } };
      case "POST /executions/:id/response":
        return { body: { bytes: seen.bytes.length } };
      case "POST /executions/:id/start":
        return { body: { timeoutMs: 60_000 } };
      case "POST /keys":
        return this.#rotate(seen);
      case "POST /executions/:id/release":
      case "DELETE /session":
        return { status: 204 };
      default:
        return problem(404, "not_found");
    }
  }

  async #sync({ json }: Seen): Promise<Answer> {
    const nothing = { serverTimeMs: Date.now(), jobs: [], cancel: [], commands: [] };
    for (const older of this.#parked.splice(0)) older.answer(nothing);
    if (json.waitMs === 0) return { body: nothing };
    return new Promise((resolve) => {
      this.#parked.push({ request: json, answer: (body) => resolve({ body }) });
    });
  }

  /** The keys must be public halves, and the proof a JWS of the signing key over token and sealing key. */
  async #enroll({ json }: Seen): Promise<Answer> {
    const { signingKey, sealingKey, proof, token } = json;
    const { payload } = await compactVerify(proof, await importJWK(signingKey, "EdDSA"));
    const said = JSON.parse(new TextDecoder().decode(payload));
    const right = said.token === token && JSON.stringify(said.sealingKey) === JSON.stringify(sealingKey);
    if (!right || "d" in signingKey || "d" in sealingKey) return problem(422, "validation_failed");
    this.#signingKey = signingKey;
    const config = { ...this.config, tokenUrl: "https://pulse.example.test/runner/v1/token" };
    return {
      status: 201,
      body: { runner: "rnr_1", name: json.name, pool: "default", project: "default", config },
    };
  }

  /** The proof is signed by the old key over both new ones. */
  async #rotate({ json: { signingKey, sealingKey, proof } }: Seen): Promise<Answer> {
    if (this.#signingKey === null) return problem(401, "invalid_credential");
    const { payload } = await compactVerify(proof, await importJWK(this.#signingKey, "EdDSA"));
    const said = JSON.parse(new TextDecoder().decode(payload));
    const right = JSON.stringify(said) === JSON.stringify({ signingKey, sealingKey });
    if (!right || "d" in signingKey) return problem(422, "validation_failed");
    this.#signingKey = signingKey;
    return { status: 204 };
  }

  /** RFC 7523: signed by the enrolled key, for our token URL, each `jti` once. */
  async #token({ json }: Seen): Promise<Answer> {
    if (this.#signingKey === null) return problem(401, "invalid_credential");
    const audience = "https://pulse.example.test/runner/v1/token";
    const key = await importJWK(this.#signingKey, "EdDSA");
    const { payload } = await jwtVerify(json.assertion, key, { audience, issuer: "rnr_1", subject: "rnr_1" });
    if (payload.jti === undefined || this.#jti.has(payload.jti)) return problem(401, "invalid_credential");
    this.#jti.add(payload.jti);
    return { body: { accessToken: `at-${this.#jti.size}`, expiresInMs: 900_000, serverTimeMs: Date.now() } };
  }
}

function keyOf({ method, path }: Seen): string {
  return `${method} ${path.replace(/^\/executions\/[^/]+/, "/executions/:id")}`;
}

function settled({ execution, fence }: { execution: string; fence: number }) {
  return { execution, fence, result: "ok" };
}

/** A function job; `change` overrides. */
export function aJob(execution: string, change: Partial<Extract<Job, { kind: "function" }>> = {}): Job {
  return {
    kind: "function",
    execution,
    fence: 1,
    attempt: 1,
    project: "default",
    delivery: "atLeastOnce",
    timeoutMs: 60_000,
    deadlineMs: null,
    traceparent: null,
    secrets: null,
    version: "ver_1",
    bundle: `sha256:${"0".repeat(64)}`,
    spec: {
      function: { id: "fn_1", name: "f", version: 1, alias: "live" },
      runtime: "typescript",
      entry: "index.ts",
      settings: {},
      keepAliveMs: 600_000,
      deps: null,
      trigger: { type: "http" },
      request: { method: "POST", url: "http://localhost/f/f", path: "/", headers: [] },
      body: { at: "none" },
      idempotencyKey: null,
      depth: 0,
    },
    ...change,
  };
}
