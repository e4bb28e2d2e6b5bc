import type { Plan, PlannedStep } from "@pulse/schema/workflow/plan";
import type { Asked, Command } from "./commands.ts";
import type { Fact } from "./events.ts";
import { indexOf, type PlanIndex } from "./plan-index.ts";
import type { FrameState, RunState, StepState, TimerState } from "./state.ts";

/** Kinds of commands whose answer is awaited without anything being at work. */
const idle: ReadonlySet<string> = new Set(["openPrompt", "awaitEvent"]);

/** The working of one event: the state it changes, what it asks of the world, and what is still to be looked at. */
export class Turn {
  readonly plan: Plan;
  readonly index: PlanIndex;
  readonly state: RunState;
  /** The time of the event, in milliseconds since 1970. */
  readonly now: number;
  readonly commands: Command[] = [];
  readonly facts: Fact[] = [];
  readonly #agenda: (() => void)[] = [];

  constructor(plan: Plan, state: RunState, now: number) {
    this.plan = plan;
    this.index = indexOf(plan);
    this.state = state;
    this.now = now;
  }

  /** Puts off work until the present work is done, so that long chains of steps need no deep stack. */
  later(work: () => void): void {
    this.#agenda.push(work);
  }

  /** Does what was put off, in order, until nothing is left. */
  finish(): void {
    for (let i = 0; i < this.#agenda.length; i++) this.#agenda[i]?.();
    this.#agenda.length = 0;
  }

  /** The plan of a step. */
  planned(step: StepState): PlannedStep {
    return this.index.step(step.id);
  }

  /** The list that a step stands in. */
  frameOf(step: StepState): FrameState {
    const frame = this.state.frames.get(step.frame);
    if (frame === undefined) throw new Error(`the list ${step.frame} is not there`);
    return frame;
  }

  /** Asks something of the world and keeps it until it is answered. */
  ask(command: Asked): void {
    const { asked } = this.state;
    if (asked.has(command.key)) throw new Error(`${command.key} is asked already`);
    asked.set(command.key, { command, isCancelled: false });
    this.#count(command, 1);
    if (command.step !== null) this.state.steps.get(command.step)?.asked.push(command.key);
    this.commands.push(command);
  }

  /** Takes note that something was answered, or that its answer is of no interest any more. */
  answered(key: string): void {
    const entry = this.state.asked.get(key);
    if (entry === undefined) return;
    this.state.asked.delete(key);
    this.#count(entry.command, -1);
    const { step } = entry.command;
    const waiting = step === null ? undefined : this.state.steps.get(step);
    if (waiting !== undefined) waiting.asked = waiting.asked.filter((one) => one !== key);
  }

  #count(command: Asked, change: number): void {
    const isFree = command.type === "notify" && command.step === null;
    if (!idle.has(command.type) && !isFree) this.state.busy += change;
  }

  /** Starts a timer, which fires at `at`. */
  startTimer(key: string, at: number, step: StepState | null, purpose: TimerState["purpose"]): void {
    this.state.timers.set(key, { at, step: step?.path ?? null, purpose });
    step?.timers.push(key);
    this.commands.push({ type: "startTimer", key, at });
  }

  /** Stops a timer, if it runs. */
  stopTimer(key: string): void {
    const timer = this.state.timers.get(key);
    if (timer === undefined) return;
    this.dropTimer(key);
    this.commands.push({ type: "stopTimer", key });
  }

  /** Forgets a timer that has fired. */
  dropTimer(key: string): void {
    const timer = this.state.timers.get(key);
    this.state.timers.delete(key);
    const step = timer?.step == null ? undefined : this.state.steps.get(timer.step);
    if (step !== undefined) step.timers = step.timers.filter((one) => one !== key);
  }

  /** Notes for people what happened. */
  note(fact: Fact): void {
    this.facts.push(fact);
  }
}
