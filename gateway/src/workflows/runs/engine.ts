import { deliverEvents } from "../../emitted/deliver.ts";
import type { Ports } from "../../ports.ts";
import { outstanding } from "../advance/advance.ts";
import type { Command } from "../advance/commands.ts";
import { Aside } from "./aside.ts";
import { awaitedEvent } from "./awaited-events.ts";
import { createDueStore, type DueStore, type EndedChild, foundMost } from "./due-store.ts";
import { type EventsDue, nothingSeen } from "./events-due.ts";
import type { OpenRun } from "./open-run.ts";
import type { Outside } from "./outside.ts";
import { type Answer, perform, type Stage, takesLong } from "./perform.ts";
import { Overtaken, runLogOf } from "./run-log.ts";
import { grantSlots } from "./slots-held.ts";
import { endOf, isAsked, takeAnswers, takenMost } from "./take-answers.ts";

/** Runs that are kept in memory; others are read again when something happens to them. */
const openMost = 200;
const againMs = 50;
const retryLeastMs = 1000;
const retryMostMs = 60_000;

/** What this process knows of a run: its place in the queue of what happens to it, and it itself while it is kept. */
interface Place {
  run: OpenRun | null;
  queue: Promise<void>;
  /** What waits in the queue, with what is being done outside of it. */
  open: number;
  aside: Aside;
}

/** Who hears of what the engine does between two looks. */
export interface EngineListener {
  /** There is something to look for: a run began or ended, or waits for a time. */
  onMore?: () => void;
  /** Something was written to a run of the project. */
  onWritten?: (project: string) => void;
}

/**
 * Moves runs: takes what happened, writes it with all that follows, and does what the run asks of the world. Everything it knows
 * is in the tables: a run whose last events were not performed is found by `tick` and what it asks is done again, so that a
 * process may end anywhere. Anybody else may write events too (an answer, a cancellation) and only needs to say so with `changed`.
 */
export class WorkflowEngine {
  readonly #ports: Ports;
  readonly #project: string | null;
  readonly #due: DueStore;
  readonly #stage: Stage;
  readonly #places = new Map<string, Place>();
  /** Runs of which something could not be done, and when to try again. */
  readonly #retries = new Map<string, { at: number; afterMs: number }>();
  /** How far events were given to steps that wait for them. */
  #seen = nothingSeen;
  #isStopped = false;
  readonly #heard: EngineListener;

  constructor(options: {
    ports: Ports;
    outside: Outside;
    heard?: EngineListener;
    /** The only project whose runs it moves; null or absent: those of all. */
    project?: string | null;
  }) {
    const { ports, outside, heard = {}, project = null } = options;
    this.#ports = ports;
    this.#project = project;
    this.#heard = heard;
    this.#due = createDueStore(ports.database, project);
    const log = runLogOf(ports);
    this.#stage = {
      ...{ ports, log, due: this.#due, outside },
      // Not waited for: two runs may have something to tell each other at once.
      tellOther: (id, answer) => ports.background(this.tell(id, answer).then(() => this.#heard.onMore?.())),
    };
  }

  /** Nothing is done from now on; what is under way stops at its next step. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Does what the tables say is due; returns when the next thing is (epoch ms), or null. */
  async tick(): Promise<number | null> {
    if (this.#isStopped) return null;
    const now = this.#ports.now();
    const { asking, timers, ended, events } = await this.#due.found(now, this.#seen);
    const work = [
      ...asking.filter(({ id }) => this.#isReady(id, now)).map(({ id, seq }) => this.#catchUp(id, seq)),
      ...timers
        .filter(({ run }) => this.#isReady(run, now))
        .map(({ run, key }) => this.tell(run, { type: "timer.fired", key })),
      ...[...Map.groupBy(ended, ({ run }) => run)]
        .filter(([run]) => this.#isReady(run, now))
        .map(([run, children]) => this.#childrenEnded(run, children)),
      this.#eventsCame(events, now),
    ];
    await Promise.all(work);
    await this.#grantSlots();
    if (this.#isStopped) return null;
    const next = await this.#due.nextTimer();
    const times = [...this.#retries.values()].map(({ at }) => at);
    const isAll = events.isAll && [asking, timers, ended].every(({ length }) => length < foundMost);
    if (!isAll) times.push(now + againMs);
    // What is past due is what could not be done just now, or was too much at once.
    if (next !== null) times.push(Math.max(next, now + againMs));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Tells a run what happened, and does what it asks then. */
  tell(id: string, answer: Answer): Promise<void> {
    return this.#inTurn(id, (place) => this.#work(id, place, [answer]));
  }

  /** Gives free places to those who have waited longest, until none is left for anybody. */
  async #grantSlots(): Promise<void> {
    for (;;) {
      const granted = this.#isStopped ? [] : await grantSlots(this.#ports.database, this.#project);
      const ready = granted.filter(({ run }) => this.#isReady(run, this.#ports.now()));
      if (ready.length === 0) return;
      await Promise.all(ready.map(({ run, key }) => this.tell(run, { type: "slot.granted", key })));
    }
  }

  /** Starts what events start, and gives them to steps that wait for them. */
  async #eventsCame({ deliveries, awaited, seen, isAll }: EventsDue, now: number): Promise<void> {
    const ready = awaited.filter(({ run }) => this.#isReady(run, now));
    // Whoever is tried again later is looked for again.
    if (isAll && ready.length === awaited.length) this.#seen = seen;
    await Promise.all([
      deliverEvents(this.#stage, deliveries),
      ...ready.map(({ run, key }) => this.#offerEvents(run, key)),
    ]);
    if (deliveries.length > 0) this.#heard.onMore?.();
  }

  #offerEvents(id: string, key: string): Promise<void> {
    return this.#inTurn(id, async (place) => {
      let event: Awaited<ReturnType<typeof awaitedEvent>> = "stale";
      while (event === "stale") {
        place.run ??= await this.#stage.log.read(id);
        event = await awaitedEvent(this.#ports.database, place.run, key, this.#ports.now());
        if (event === "stale") place.run = null;
      }
      await this.#work(id, place, event === null ? [] : [event]);
    });
  }

  /** Tells a run the ends of its children. */
  async #childrenEnded(run: string, children: readonly EndedChild[]): Promise<void> {
    const answers = await Promise.all(children.map((child) => endOf(this.#stage, child)));
    await this.#inTurn(run, (place) => this.#work(run, place, answers));
  }

  /** Does again what a run asks, when somebody wrote its last events and nobody did what they ask. */
  #catchUp(id: string, seq: number): Promise<void> {
    return this.#inTurn(id, async (place) => {
      if (place.run !== null && place.run.seq < seq) place.run = null;
      await this.#work(id, place, []);
    });
  }

  #isReady(id: string, now: number): boolean {
    return (this.#retries.get(id)?.at ?? 0) <= now;
  }

  /** One thing after another happens to a run. What fails is logged, and done again from the tables later. */
  #inTurn(id: string, work: (place: Place) => Promise<void>): Promise<void> {
    const place = this.#places.get(id) ?? {
      run: null,
      queue: Promise.resolve(),
      open: 0,
      aside: new Aside(),
    };
    this.#places.delete(id);
    this.#places.set(id, place);
    place.open += 1;
    place.queue = place.queue.then(async () => {
      if (this.#isStopped) return;
      try {
        await work(place);
        this.#retries.delete(id);
      } catch (error) {
        place.run = null;
        this.#putOff(id, error);
      } finally {
        place.open -= 1;
        this.#letGo();
      }
    });
    return place.queue;
  }

  #putOff(id: string, error: unknown): void {
    if (this.#isStopped) return;
    this.#seen = nothingSeen;
    const afterMs = Math.min(retryMostMs, (this.#retries.get(id)?.afterMs ?? retryLeastMs / 2) * 2);
    this.#retries.set(id, { at: this.#ports.now() + afterMs, afterMs });
    this.#ports.log.error("a workflow could not go on; it is tried again", error, { execution: id });
  }

  #letGo(): void {
    for (const [id, { open, run }] of this.#places) {
      if (open > 0) continue;
      if (this.#places.size <= openMost && run?.state.phase !== "ended") continue;
      this.#places.delete(id);
    }
  }

  async #work(id: string, place: Place, answers: Answer[]): Promise<void> {
    const queue = [...answers];
    for (;;) {
      const isRead = place.run === null;
      place.run ??= await this.#stage.log.read(id);
      const { run } = place;
      place.aside.keep(run?.state.asked ?? null);
      if (run === null) {
        // Its execution is no longer kept.
        await this.#due.forget(id);
        return;
      }
      const before = isRead && run.performed < run.seq ? outstanding(run.state).filter(isAsked) : [];
      if (before.length > 0) {
        queue.push(...(await this.#perform(place, run, before, true)));
        // What was asked for before may have ended since.
        this.#heard.onMore?.();
        continue;
      }
      if (queue.length === 0) break;
      const taken = queue.splice(0, takenMost);
      const asked = await this.#append(place, run, taken);
      if (asked === null) queue.unshift(...taken);
      else queue.push(...(await this.#perform(place, run, asked, false)));
    }
    const { run } = place;
    // What is still being done outside of the queue is not done yet.
    if (run === null || place.open > 1 || run.performed === run.seq) return;
    await this.#due.markPerformed(id, run.seq);
    run.performed = run.seq;
  }

  /** Writes what happened; returns what is to be done outside then. Null: somebody else has written to the run, which is to be read again. */
  async #append(place: Place, run: OpenRun, answers: readonly Answer[]): Promise<Command[] | null> {
    const isDoneBefore = place.aside.isEmpty && place.run === run;
    try {
      const commands = await takeAnswers(this.#stage, run, answers, isDoneBefore);
      this.#heard.onWritten?.(run.project);
      const isChildOver = run.state.phase === "ended" && run.depth > 0;
      const isLookingBack = commands.some(({ type }) => type === "awaitEvent");
      const hasChild = answers.some(({ type }) => type === "child.started");
      if (isChildOver || isLookingBack || hasChild) this.#heard.onMore?.();
      return commands.filter(isAsked);
    } catch (error) {
      place.run = null;
      if (error instanceof Overtaken) return null;
      throw error;
    }
  }

  async #perform(place: Place, run: OpenRun, commands: Command[], isAgain: boolean): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const command of commands) {
      if (this.#isStopped) throw new Error("the engine was stopped");
      if (takesLong(command)) this.#performAside(run.id, place, run, command);
      else answers.push(...(await perform(this.#stage, run, command, isAgain)));
    }
    return answers;
  }

  #performAside(id: string, place: Place, run: OpenRun, command: Command): void {
    const key = "key" in command ? command.key : "";
    if (place.aside.has(key)) return;
    const signal = place.aside.begin(key);
    place.open += 1;
    const work = perform(this.#stage, run, command, true, signal)
      .then(
        async (answers) => {
          if (this.#isStopped) return;
          for (const answer of answers) await this.tell(id, answer);
          this.#heard.onMore?.();
        },
        (error: unknown) => {
          // Read again, it asks for this again.
          place.run = null;
          this.#putOff(id, error);
        },
      )
      .finally(() => {
        place.open -= 1;
        place.aside.end(key);
        // Whoever is last says that all is done.
        if (!this.#isStopped && place.open === 0 && place.run !== null)
          return this.#inTurn(id, (one) => this.#work(id, one, []));
      });
    this.#ports.background(work);
  }
}
