import type { Outcome } from "@pulse/schema/wire/job";
import type { Ports } from "../ports.ts";
import { attemptSpans, queueSpan, seenOf } from "./attempt-spans.ts";
import type { Held } from "./held.ts";

/** Tells of attempts as spans, where anybody wants to know. Nothing here waits. */
export class Traces {
  readonly #ports: Pick<Ports, "now" | "tracing">;

  constructor(ports: Pick<Ports, "now" | "tracing">) {
    this.#ports = ports;
  }

  /** Whether anything is told. */
  get isOn(): boolean {
    return this.#ports.tracing !== undefined;
  }

  /** A runner told how an attempt ended. */
  attempted(held: Held, outcome: Outcome): void {
    const { tracing } = this.#ports;
    if (tracing === undefined) return;
    for (const span of attemptSpans(held, seenOf(outcome, this.#ports.now()))) tracing.add(span);
  }

  /** An attempt is over, and nobody told how it went. */
  lost(held: Held, reason: "lost" | "infrastructure" | "unacknowledged"): void {
    const { tracing } = this.#ports;
    if (tracing === undefined) return;
    const seen = { status: "lost", reason, timing: {}, at: this.#ports.now() };
    for (const span of attemptSpans(held, seen)) tracing.add(span);
  }

  /** An execution ended while it waited. */
  neverStarted(held: Held, status: string, reason: string): void {
    const { tracing } = this.#ports;
    if (tracing === undefined) return;
    for (const span of queueSpan(held, { status, reason, at: this.#ports.now() })) tracing.add(span);
  }
}
