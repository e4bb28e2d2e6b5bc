const repeatMs = 500;
const graceMs = 1000;

/** A signal ended the command. */
export class Interrupted extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super("interrupted");
    this.name = "Interrupted";
    this.exitCode = exitCode;
  }
}

const controller = new AbortController();
let firstAt: number | null = null;
let mayForce = true;
const hearers = new Set<(signal: NodeJS.Signals) => void>();

/** Aborts at Ctrl-C or SIGTERM, with `Interrupted`. */
export const interrupted: AbortSignal = controller.signal;

/** Listens for signals: the first one aborts `interrupted`, a second one ends at once. A terminal and its package manager may both send the first. */
export function hearSignals(): void {
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.on(name, () => {
      for (const hear of hearers) hear(name);
      if (firstAt !== null) {
        if (performance.now() - firstAt > repeatMs) process.exit(code);
        return;
      }
      firstAt = performance.now();
      process.exitCode = code;
      controller.abort(new Interrupted(code));
      if (mayForce) setTimeout(() => process.exit(code), graceMs).unref();
    });
  }
}

/** Calls back at each signal, and leaves the end to the caller: nothing is forced a second after the first. Returns how to stop listening. */
export function takeOver(hear: (signal: NodeJS.Signals) => void): () => void {
  mayForce = false;
  hearers.add(hear);
  return () => hearers.delete(hear);
}
