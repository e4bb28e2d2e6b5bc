import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import { cancelExecution, type ExecutionView, getExecution } from "@pulse/schema/wire/executions";
import type { PromptView, RunView } from "@pulse/schema/wire/workflow-runs";
import { Interrupted, interrupted, takeOver } from "../interrupt.ts";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { RunChanges } from "./run-changes.ts";
import { StepNews } from "./workflow-news.ts";
import { askPrompt } from "./workflow-prompt.ts";
import { isAtTerminal, question } from "./workflow-question.ts";

/** A workflow's execution as it is answered. */
export type RunExecution = ExecutionView & { run?: RunView | undefined };

const never = new AbortController().signal;

/** Thrown when somebody leaves an execution to itself. */
export class Detached extends Error {}

/** Waits for the end of a workflow's execution and shows nothing on the way. */
export async function awaitRun(session: Session, id: string): Promise<RunExecution> {
  const changes = new RunChanges(session, id);
  try {
    for (;;) {
      session.signal.throwIfAborted();
      const view = await look(session, id, session.signal);
      if (view !== null && isTerminal(view.status)) return view;
      await changes.next(session.signal);
    }
  } finally {
    changes.close();
  }
}

/**
 * Follows a workflow's execution to its end: steps, log lines with their machine, prompts, which are asked where a terminal is. Ctrl-C asks whether to
 * cancel it or to let it go on alone; without a terminal it goes on alone. Throws `Detached`.
 */
export async function followRun(session: Session, id: string): Promise<RunExecution> {
  const news = new StepNews(session);
  const changes = new RunChanges(session, id);
  const prompts = new PromptDesk(session, id, () => changes.tell());
  const stopping = new AbortController();
  const letGo = takeOver((signal) => void stopped(signal));
  const leaving = new AbortController();
  let isAsking = false;

  async function stopped(signal: NodeJS.Signals): Promise<void> {
    if (signal !== "SIGINT" || !isAtTerminal(session) || isAsking) {
      stopping.abort();
      return;
    }
    prompts.pause();
    isAsking = true;
    const said = await question(session.messages.wfStopHow, leaving.signal).catch(() => "");
    isAsking = false;
    if (/^c/i.test(said)) {
      session.line(fill(session.messages.wfCancelling, { id }));
      await session.client.call(cancelExecution, { params: { id }, signal: never }).catch(() => undefined);
    }
    if (/^d/i.test(said)) stopping.abort();
    prompts.resume();
  }

  try {
    for (;;) {
      if (stopping.signal.aborted) throw new Detached();
      // A signal is dealt with above; a `--timeout` ends the wait.
      if (session.signal.aborted && !interrupted.aborted) throw session.signal.reason;
      const view = await look(session, id, never);
      if (view?.run !== undefined) {
        await news.show(view.run, isTerminal(view.status));
        prompts.show(view.run.prompts);
      }
      if (view !== null && isTerminal(view.status)) return view;
      // One that was interrupted is so for good.
      const ends = session.signal.aborted ? [] : [session.signal];
      await changes.next(AbortSignal.any([stopping.signal, ...ends]));
    }
  } finally {
    letGo();
    leaving.abort();
    prompts.close();
    changes.close();
    news.close();
  }
}

/** The execution as it is now; null while the gateway cannot say, being started again, say. */
async function look(
  { client, messages }: Session,
  id: string,
  signal: AbortSignal,
): Promise<RunExecution | null> {
  try {
    const view = await client.call(getExecution, { params: { id }, signal });
    if (view.kind !== "workflow") throw new ProblemError("not_found", fill(messages.wfNoRun, { id }));
    return view;
  } catch (error) {
    if (error instanceof ProblemError && error.status >= 500) return null;
    throw error;
  }
}

/** Shows what is asked, and asks it where a terminal is: one prompt at a time, in their order. */
class PromptDesk {
  readonly #session: Session;
  readonly #id: string;
  readonly #seen = new Map<string, PromptView["status"]>();
  readonly #mine = new Set<string>();
  #asked: { id: string; gone: AbortController } | null = null;
  #isPaused = false;
  /** Has somebody look again, so that the next one is asked. */
  readonly #lookAgain: () => void;

  constructor(session: Session, id: string, lookAgain: () => void) {
    this.#session = session;
    this.#id = id;
    this.#lookAgain = lookAgain;
  }

  show(prompts: readonly PromptView[]): void {
    for (const prompt of prompts) this.#news(prompt);
    const next = prompts.find(({ id, status }) => status === "open" && !this.#mine.has(id));
    if (next === undefined || this.#asked !== null || this.#isPaused || !isAtTerminal(this.#session)) return;
    const gone = new AbortController();
    this.#asked = { id: next.id, gone };
    void this.#ask(next, gone);
  }

  async #ask(prompt: PromptView, gone: AbortController): Promise<void> {
    try {
      await askPrompt(this.#session, this.#id, prompt, gone.signal);
      this.#mine.add(prompt.id);
    } catch (error) {
      if (!gone.signal.aborted) {
        this.#mine.add(prompt.id);
        this.#session.line(error instanceof Error ? error.message : String(error));
      }
    } finally {
      this.#asked = null;
      this.#lookAgain();
    }
  }

  #news(prompt: PromptView): void {
    const { messages, colours } = this.#session;
    const { id, status, message, options, url } = prompt;
    const before = this.#seen.get(id);
    if (before === status) return;
    this.#seen.set(id, status);
    // What was closed before anybody looked is told by its step.
    if (before === undefined && status !== "open") return;
    if (status === "open") {
      const values = options.map(({ value }) => value).join(" / ");
      this.#session.line(`${colours.yellow("?")} ${fill(messages.wfAsks, { message, options: values })}`);
      if (!isAtTerminal(this.#session))
        this.#session.line(`  ${colours.dim(fill(messages.wfAskWhere, { id, url }))}`);
      return;
    }
    if (this.#asked?.id === id) this.#asked.gone.abort();
    const word = { answered: messages.wfStep_succeeded, expired: messages.wfStep_timed_out };
    const text =
      status === "answered"
        ? fill(messages.wfAnsweredBy, { by: prompt.answeredBy ?? "?", response: prompt.response ?? "?" })
        : fill(messages.wfPromptGone, {
            status: status === "expired" ? word.expired : messages.wfStep_cancelled,
          });
    this.#session.line(`  ${text}`);
  }

  /** Takes the terminal for another question. */
  pause(): void {
    this.#isPaused = true;
    this.#asked?.gone.abort();
  }

  resume(): void {
    this.#isPaused = false;
    this.#lookAgain();
  }

  close(): void {
    this.#isPaused = true;
    this.#asked?.gone.abort();
  }
}

/** What a detached follower ends with. */
export function detachedEnd(): number {
  const { reason } = interrupted;
  return reason instanceof Interrupted ? reason.exitCode : 0;
}
