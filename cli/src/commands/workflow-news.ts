import { setTimeout as pause } from "node:timers/promises";
import { getLogs, logLineView } from "@pulse/schema/wire/executions";
import type { RunView, StepView } from "@pulse/schema/wire/workflow-runs";
import { linesOf } from "../lines.ts";
import type { Messages } from "../messages/en.ts";
import type { Session } from "../session.ts";

const ended: ReadonlySet<string> = new Set([
  ...["succeeded", "failed", "timed_out", "lost", "cancelled", "skipped", "blocked"],
]);
/** Logs that are followed at a time. */
const logsMost = 8;
const patienceMs = 2000;

/** Says on stderr what is new in a run: steps that began and ended, and the log lines of their targets. */
export class StepNews {
  readonly #session: Session;
  readonly #said = new Map<string, string>();
  readonly #logs = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #open = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Says what is new; what a step printed comes before its end. */
  async show({ steps }: RunView, isLast: boolean): Promise<void> {
    for (const step of inOrder(steps)) await this.#step(step);
    if (isLast) await Promise.all(this.#logs.values());
  }

  /** Leaves the logs. */
  close(): void {
    this.#stop.abort();
    for (const go of this.#waiting.splice(0)) go();
  }

  async #step(step: StepView): Promise<void> {
    const { path, status, attempt, targets } = step;
    const state = `${status}#${attempt}`;
    const before = this.#said.get(path);
    if (before === undefined && status !== "pending" && !ended.has(status)) {
      this.#session.line(this.#line(step));
      this.#said.set(path, state);
    }
    const executions = targets.flatMap(({ execution, runner }) =>
      execution === null ? [] : { execution, runner },
    );
    for (const { execution, runner } of executions) {
      if (!this.#logs.has(execution)) this.#logs.set(execution, this.#follow(execution, runner));
    }
    if (this.#said.get(path) === state || !ended.has(status)) return;
    this.#said.set(path, state);
    // Where more is printed at once than is followed, its lines may come after its end.
    const printed = Promise.all(executions.map(({ execution }) => this.#logs.get(execution)));
    await Promise.race([printed, pause(patienceMs, undefined, { ref: false })]);
    this.#session.line(this.#line(step));
  }

  #line({ name, path, status, startedAt, finishedAt, targets, error }: StepView): string {
    const { colours, messages } = this.#session;
    const look = looks[status] ?? looks.running;
    const word = messages[`wfStep_${status}` as keyof Messages] ?? status;
    const good = targets.filter((one) => one.status === "succeeded").length;
    const counts = targets.length > 1 ? ` ${good}/${targets.length}` : "";
    const ms =
      startedAt === null || finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt);
    const seconds = ms === null || status === "skipped" ? "" : ` ${(ms / 1000).toFixed(1)} s`;
    const where = path.includes("/") ? colours.dim(` ${path}`) : "";
    const why = failures(targets, error?.message ?? null);
    const head = `${look.paint(colours, look.mark)} ${name}${where}  ${look.paint(colours, word)}${counts}${seconds}`;
    return [head, ...why.map((line) => `    ${line}`)].join("\n");
  }

  async #follow(id: string, runner: string): Promise<void> {
    await this.#turn();
    try {
      const { client, colours } = this.#session;
      const response = await client.open(getLogs, {
        params: { id },
        query: { follow: "true" },
        headers: { accept: "application/x-ndjson" },
        signal: this.#stop.signal,
      });
      for await (const text of linesOf(response.body ?? new ReadableStream<Uint8Array>())) {
        const read = logLineView.safeParse(parsed(text));
        if (!read.success) continue;
        const { stream, text: line } = read.data;
        const isOurs = stream === "system";
        const shown = isOurs ? colours.dim(line) : stream === "stderr" ? colours.yellow(line) : line;
        this.#session.line(
          `  ${colours.dim(`${read.data.runner ?? runner} ${isOurs ? "·" : "│"}`)} ${shown}`,
        );
      }
    } catch {
      // Its end is told by the step, and the whole log by `pulse logs`.
    } finally {
      this.#open -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#open >= logsMost) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#open += 1;
  }
}

type Colours = Session["colours"];
type Look = { mark: string; paint: (colours: Colours, text: string) => string };

const red: Look = { mark: "✗", paint: (colours, text) => colours.red(text) };
const dim: Look = { mark: "○", paint: (colours, text) => colours.dim(text) };
const looks = {
  running: { mark: "●", paint: (colours: Colours, text: string) => colours.cyan(text) },
  succeeded: { mark: "✓", paint: (colours: Colours, text: string) => colours.green(text) },
  waiting: { mark: "⏸", paint: (colours: Colours, text: string) => colours.yellow(text) },
  ...{ failed: red, timed_out: red, lost: red, cancelled: dim, skipped: dim, blocked: dim },
} as Record<string, Look> & { running: Look };

function failures(targets: StepView["targets"], message: string | null): string[] {
  const lines = targets.flatMap(({ runner, status, exitCode, reason }) => {
    if (status === "succeeded" || (reason === null && exitCode === null)) return [];
    return `${runner}: ${reason ?? `exit ${exitCode}`}`;
  });
  return lines.length > 0 || message === null ? lines : [message];
}

const holders: readonly string[] = ["parallel", "if", "switch", "foreach"];

/** Steps as they ended, those that are still on last; of what ended at the same time, a step that holds others after them. */
function inOrder(steps: readonly StepView[]): StepView[] {
  const at = ({ finishedAt, status }: StepView) =>
    finishedAt === null ? (ended.has(status) ? 0 : Number.POSITIVE_INFINITY) : Date.parse(finishedAt);
  const holds = ({ type }: StepView) => Number(holders.includes(type));
  return steps
    .map((step) => ({ step, at: at(step) }))
    .sort((one, other) => (one.at === other.at ? holds(one.step) - holds(other.step) : one.at - other.at))
    .map(({ step }) => step);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
