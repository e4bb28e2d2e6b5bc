import { ProblemError } from "@pulse/schema/problem";
import {
  type CompleteAnswer,
  type Completion,
  complete,
  leaseNumbers,
  renew,
} from "@pulse/schema/wire/runner-protocol";
import type { Clock } from "../runner/src/clock.ts";
import type { Link as RunnerLink } from "../runner/src/link.ts";
import { Pauses } from "../runner/src/pauses.ts";
import type { RenewalLine } from "../runner/src/renewal/renewals.ts";
import { type RunnerCall, serveRunnerCall } from "./runner-calls.ts";
import type { Machine, RunnerWorld } from "./runner-process.ts";

const callMostMs = 30_000;
const streamMostMs = 300_000;

/** A runner's way to the gateway over the simulated network: the calls of the shipped runner, without HTTP. */
export class RunnerLine implements RunnerLink {
  readonly pauses: Pauses;
  readonly #world: RunnerWorld;
  readonly #of: { machine: Machine; number: number; clock: Clock; rate: number };
  epoch = 0;
  beforeCall: () => void = () => undefined;

  /** `rate`: milliseconds of this machine's clock for one of the world's. */
  constructor(world: RunnerWorld, of: { machine: Machine; number: number; clock: Clock; rate: number }) {
    this.#world = world;
    this.#of = of;
    this.pauses = new Pauses(of.clock);
    this.call = this.call.bind(this);
  }

  /** There is one token, and it is good. */
  set onToken(listener: (token: string) => void) {
    listener("token");
  }

  replaceToken(): void {}

  async close(): Promise<void> {}

  // The answers are the hub's own, which the endpoints declare.
  async call(endpoint: object, input: object): Promise<never> {
    const {
      params,
      body,
      fence = 0,
      signal,
      mostMs = callMostMs,
    } = input as {
      params?: { id: string };
      body?: unknown;
      fence?: number;
      mostMs?: number | null;
      signal: AbortSignal;
    };
    this.beforeCall();
    const call = { endpoint, body, execution: params?.id ?? "", fence };
    const answer = await this.#send(call, this.epoch, mostMs ?? streamMostMs, signal);
    this.pauses.answered();
    if (endpoint === complete)
      this.#note((body as { outcomes: Completion[] }).outcomes, answer as CompleteAnswer);
    return answer as never;
  }

  /** Another connection, for renewals alone. */
  renewals(): RenewalLine {
    return {
      renew: (running, epoch, _token, signal) => {
        const call = { endpoint: renew, body: { running }, execution: "", fence: 0 };
        return this.#send(call, epoch, leaseNumbers.renewTimeoutMs * 2, signal) as ReturnType<
          RenewalLine["renew"]
        >;
      },
      close: () => undefined,
    };
  }

  #send(call: RunnerCall, epoch: number, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const { network, gateway, ledger, schedule } = this.#world;
    const { machine, number, clock, rate } = this.#of;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const giveUp = () => reject(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      network.call<unknown>({
        link: machine.link,
        label: `#${number} ${labelOf(call)}`,
        timeoutMs: timeoutMs / rate,
        mayRepeat: true,
        serve: (hub, left) =>
          serveRunnerCall({ hub, gateway, ledger, later: schedule.after }, { machine, epoch }, call, left),
        done: (reply) =>
          clock.soon(() => {
            signal.removeEventListener("abort", giveUp);
            if (reply.kind === "answer") resolve(reply.value);
            else reject(reply.kind === "problem" ? reply.problem : unreachable());
          }),
      });
    });
  }

  #note(outcomes: Completion[], { results }: CompleteAnswer): void {
    const { ledger, schedule } = this.#world;
    outcomes.forEach(({ execution, fence, outcome }, i) => {
      if (results[i]?.result === "ok")
        ledger.completed.push({ execution, fence, outcome, at: schedule.now() });
      else ledger.count("outcomes refused by the fence");
    });
  }
}

function unreachable(): ProblemError {
  return new ProblemError("unavailable", "no answer", { members: { unreachable: true } });
}

function labelOf({ endpoint, body, execution, fence }: RunnerCall): string {
  const { method, path } = endpoint as { method: string; path: string };
  const said = JSON.stringify(body, (key, value) =>
    key === "response" || key === "facts" ? undefined : value,
  );
  return `${method} ${path} ${execution}.${fence} ${said}`;
}
