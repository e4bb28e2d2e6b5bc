// One call as both sides see it: the request's body and the response's credit, and the `ctx` that code gets.

import { PermanentError, RetryAfter } from "./errors.mjs";
import { flush, frameMost, send } from "./frames.mjs";
import { inspect } from "./inspect.mjs";
import { kvOf } from "./kv.mjs";
import { log } from "./prints.mjs";

/** One call: what came of its request, what may be sent of its response. */
export class Call {
  chunks = [];
  credit = 262_144;
  owed = 0;
  tasks = [];
  asked = new Map();
  waiters = [];
  constructor(id, head) {
    Object.assign(this, { id, head, hasAll: !head.body });
  }
  get signal() {
    this.controller ??= new AbortController();
    if (this.reason) this.controller.abort(this.reason);
    return this.controller.signal;
  }
  wake() {
    for (const waiter of this.waiters.splice(0)) waiter();
  }
  changed() {
    return new Promise((done) => this.waiters.push(done));
  }
  consumed(size) {
    this.owed += size;
    if (this.hasAll || this.owed < frameMost) return;
    send("W", this.id, Buffer.from(Uint32Array.of(this.owed).buffer).swap32());
    this.owed = 0;
  }
  async *body() {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk) this.consumed(chunk.length);
      if (chunk) yield new Uint8Array(chunk);
      else if (this.hasAll) return;
      else if (this.reason || this.isOver) throw this.reason ?? new Error("the response has ended");
      else await this.changed();
    }
  }
  async write(bytes) {
    for (let at = 0; at < bytes.length; ) {
      while (this.credit === 0) {
        if (this.reason) throw this.reason;
        await this.changed();
      }
      const size = Math.min(bytes.length - at, this.credit, frameMost);
      send("B", this.id, Buffer.from(bytes.subarray(at, at + size)));
      this.credit -= size;
      at += size;
    }
  }
}

let asks = 0;

/** The `ctx` of a call of a version. */
export function contextOf(call, version) {
  const {
    executionId,
    trigger,
    attempt,
    idempotencyKey,
    deadline,
    url,
    traceparent,
    depth = 0,
    alias = null,
  } = call.head;
  const say = (level) => (message, fields) => {
    log(call.id, "log", level, typeof message === "string" ? message : inspect(message), fields);
    flush();
  };
  const ask = (what, more, name, input) => (resolve, reject) => {
    if (typeof name !== "string")
      return reject(new TypeError(`${what} needs a ${more.kv ? "key" : "name"}, got ${typeof name}`));
    if (call.isDone) return reject(new Error("the call is over"));
    const fits = send("V", call.id, JSON.stringify({ id: ++asks, name, input: input ?? null, ...more }));
    if (fits) call.asked.set(asks, { resolve, reject });
    else reject(new RangeError(`the input of ${what} is over 64 KiB of JSON`));
  };
  return {
    ...{
      executionId,
      trigger,
      attempt,
      idempotencyKey,
      deadline,
      url,
      traceparent,
      depth,
      PermanentError,
      RetryAfter,
    },
    ...{ function: { ...version.function, alias }, env: version.env, secrets: version.secrets },
    log: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
    get signal() {
      return call.signal;
    },
    remainingMs: () => Math.max(0, deadline - Date.now()),
    waitUntil: (promise) =>
      void call.tasks.push(
        Promise.resolve(promise).catch((error) =>
          say("error")(`waitUntil: ${error?.message ?? error}`, { error }),
        ),
      ),
    invoke: (name, input) => new Promise(ask("ctx.invoke", {}, name, input)),
    emit: (name, data) => new Promise(ask("ctx.emit", { emits: true }, name, data)),
    kv: kvOf(ask),
  };
}
