import type { Hub } from "../../hub.ts";
import { HubLost } from "../workers/hub-message.ts";
import { hubClient } from "../workers/hub-wire.ts";

/** Where the gateways of one database call each other's hub. */
export const hubPath = "/hub/v1/";

/** How long a call that waits for nothing but its answer may take. */
const quickMs = 30_000;
/** They end when what they wait for does: the callers of these bound them, or the body that goes along. */
const patient: ReadonlySet<string> = new Set<keyof Hub>([
  "invoke",
  "wait",
  "sync",
  "watchLogs",
  "watchEvents",
  "response",
]);
/** Their answers are streams. */
const streaming: ReadonlySet<string> = new Set<keyof Hub>(["invoke", "wait", "request"]);

/**
 * The hub of another gateway. A call of it ends, whatever becomes of that one: a process that is frozen takes connections and answers
 * nothing, so each call has a deadline, and all that wait for an answer end when the hub is another one's. What ends so is `HubLost`: it may
 * have happened or not.
 */
export class FarHub {
  readonly hub: Hub;
  readonly #unanswered = new Set<AbortController>();
  readonly #to: { url: string; secret: string; quickMs: number };

  constructor(to: { url: string; secret: string; quickMs?: number }) {
    this.#to = { quickMs, ...to };
    this.hub = hubClient((call, signal) => this.#send(call, signal));
  }

  /** The hub is not there any more. Answers that have begun may go on: what streams through that gateway needs no hub. */
  lose(): void {
    for (const call of this.#unanswered) call.abort(new HubLost("the hub has another owner now"));
  }

  async #send(call: Request, signal?: AbortSignal): Promise<Response> {
    const method = new URL(call.url).pathname.slice(1);
    const giveUp = new AbortController();
    this.#unanswered.add(giveUp);
    const late = () => giveUp.abort(new HubLost("the hub did not answer in time"));
    const timer = patient.has(method) ? undefined : setTimeout(late, this.#to.quickMs);
    const init = {
      method: "POST",
      headers: { authorization: `Bearer ${this.#to.secret}` },
      body: call.body,
      signal: AbortSignal.any(signal === undefined ? [giveUp.signal] : [giveUp.signal, signal]),
      duplex: "half",
    };
    try {
      const response = await fetch(new URL(hubPath + method, this.#to.url), init as RequestInit);
      return streaming.has(method) ? response : new Response(await response.arrayBuffer(), response);
    } finally {
      clearTimeout(timer);
      this.#unanswered.delete(giveUp);
    }
  }
}
