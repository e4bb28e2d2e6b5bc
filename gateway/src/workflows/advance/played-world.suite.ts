import { readFileSync } from "node:fs";
import type { Plan } from "@pulse/schema/workflow/plan";
import { validate } from "@pulse/schema/workflow/validate";
import { type Advanced, advance } from "./advance.ts";
import type { Command, OpenPrompt, SubmitTargets } from "./commands.ts";
import type { Cause, Fact, Outcome, RunEvent } from "./events.ts";
import { emptyState, type RunState } from "./state.ts";

/** What a played world does when the engine asks; what is left out does well at once. */
export interface Answers {
  /** The fleet, by name. */
  runners?: string[];
  /** How a job ends; null leaves it running. */
  job?: (command: SubmitTargets, target: string) => Outcome | null;
  /** What people answer, by the message; null is nobody. */
  prompt?: (
    prompt: OpenPrompt,
  ) => string | null | { response: string; form?: Record<string, unknown>; by?: string[] };
  call?: (command: Extract<Command, { type: "callHttp" | "startChild" }>) => Outcome | null;
  inputs?: Record<string, unknown>;
}

/** The plan of a definition that is in order; throws for any other. */
export function planOf(definition: unknown): Plan {
  const { plan, errors } = validate(definition);
  if (plan === null) throw new Error(JSON.stringify(errors));
  return plan;
}

/** The plan of an example definition. */
export function examplePlan(name: string): Plan {
  const url = new URL(`../../../../schema/src/workflow/examples/${name}.json`, import.meta.url);
  return planOf(JSON.parse(readFileSync(url, "utf8")));
}

/** A world in which a run is played: it answers the engine's commands and its clock is moved by hand. */
export class PlayedWorld {
  readonly plan: Plan;
  readonly log: RunEvent[] = [];
  readonly commands: Command[] = [];
  state: RunState = emptyState();
  now = Date.UTC(2026, 0, 1);
  readonly #answers: Answers;
  readonly #queue: Omit<Cause, "at">[] = [];

  constructor(plan: Plan, answers: Answers = {}) {
    this.plan = plan;
    this.#answers = answers;
  }

  /** Starts the run and plays until nothing moves but by time or from outside. */
  start(): this {
    const execution = { id: "exe_1", scheduledDate: "2026-01-01" };
    return this.tell({ type: "execution.started", execution, inputs: this.#answers.inputs ?? {} } as Omit<
      Cause,
      "at"
    >);
  }

  /** Gives an event to the run, and plays what follows. */
  tell(cause: Omit<Cause, "at">): this {
    this.#queue.push(cause);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#advance(next);
    return this;
  }

  /** Lets time pass to the next timer, again and again, until the run has ended or nothing is timed. */
  run(): this {
    this.start();
    while (this.state.phase !== "ended" && this.tick());
    return this;
  }

  /** An event from outside, such as another system sends. */
  receive(name: string, data: unknown): this {
    return this.tell({ type: "event.received", name, data } as Omit<Cause, "at">);
  }

  /** Somebody cancels the run. */
  cancel(): this {
    return this.tell({ type: "cancel.requested", by: "anna" } as Omit<Cause, "at">);
  }

  /** Fires the next timer; false when there is none. */
  tick(): boolean {
    const [next] = [...this.state.timers].sort(([, left], [, right]) => left.at - right.at);
    if (next === undefined) return false;
    this.now = Math.max(this.now, next[1].at);
    this.tell({ type: "timer.fired", key: next[0] } as Omit<Cause, "at">);
    return true;
  }

  #advance(cause: Omit<Cause, "at">): void {
    // The parts of a union lose their connection in Omit; each was given whole.
    const event = { ...cause, at: this.now } as Cause;
    this.log.push(event);
    const { commands, facts }: Advanced = advance(this.plan, this.state, event);
    this.log.push(...facts);
    this.commands.push(...commands);
    for (const command of commands)
      this.#queue.push(...this.#perform(command).map((one) => one as Omit<Cause, "at">));
  }

  #perform(command: Command): object[] {
    const { runners = ["web-1", "web-2"], job, prompt, call } = this.#answers;
    switch (command.type) {
      case "resolveTargets": {
        const { failed, touched } = command.context;
        const [only] = command.targets.select;
        const names = only === "@failed" ? failed : only === "@touched" ? touched : runners;
        const targets = names.map((name) => ({ id: `run_${name}`, name, state: "run", reason: null }));
        const verdict = targets.length === 0 ? command.targets.empty : "run";
        return [
          { type: "targets.resolved", key: command.key, resolution: { verdict, reason: null, targets } },
        ];
      }
      case "submitTargets":
        return command.targets.flatMap(({ id, name }) => {
          const outcome =
            job === undefined ? { status: "succeeded", exitCode: 0, stdout: "" } : job(command, name);
          const submitted = {
            type: "target.submitted",
            key: command.key,
            target: id,
            executionId: `exe_${id}`,
          };
          return outcome === null
            ? [submitted]
            : [submitted, { type: "target.settled", key: command.key, target: id, outcome }];
        });
      case "openPrompt": {
        const answer = prompt?.(command) ?? null;
        if (answer === null) return [];
        const { response, form, by = ["anna"] } = typeof answer === "string" ? { response: answer } : answer;
        return by.map((who) => ({ type: "prompt.answered", key: command.key, response, form, by: who }));
      }
      case "callHttp":
      case "startChild": {
        const good = { status: "succeeded", output: { status: 200, headers: {}, body: null } };
        const outcome = call === undefined ? good : call(command);
        const type = command.type === "callHttp" ? "call.settled" : "child.settled";
        return outcome === null ? [] : [{ type, key: command.key, outcome }];
      }
      case "notify":
        return [{ type: "call.settled", key: command.key, outcome: { status: "succeeded" } }];
      case "acquire":
        return [{ type: "slot.granted", key: command.key }];
      case "cancelTargets":
        return command.targets.map((target) => ({
          ...{ type: "target.settled", key: command.key, target, outcome: { status: "cancelled" } },
        }));
      case "cancelChild":
        return [{ type: "child.settled", key: command.key, outcome: { status: "cancelled" } }];
      default:
        return [];
    }
  }

  /** How each step ended, by path. */
  ends(): Record<string, string> {
    const settled = this.facts("step.settled").map(({ step, status }) => [step, status]);
    return Object.fromEntries(settled);
  }

  /** The facts of one type. */
  facts<T extends Fact["type"]>(type: T): Extract<Fact, { type: T }>[] {
    return this.log.filter((one): one is Extract<Fact, { type: T }> => one.type === type);
  }

  /** The commands of one type. */
  asked<T extends Command["type"]>(type: T): Extract<Command, { type: T }>[] {
    return this.commands.filter((one): one is Extract<Command, { type: T }> => one.type === type);
  }
}
