import { readFileSync } from "node:fs";
import { makeMemoryPorts } from "../../dispatch/memory-ports.suite.ts";
import { FakeClock } from "../../dispatch/world.suite.ts";
import type { Ports } from "../../ports.ts";
import { saveWorkflow } from "../define.ts";
import { createDueStore } from "./due-store.ts";
import { WorkflowEngine } from "./engine.ts";
import { MortalClient } from "./mortal-client.suite.ts";
import { PlayedOutside } from "./played-outside.suite.ts";
import { promptsOf } from "./prompts-store.ts";
import { respond } from "./respond.ts";
import { RunLog } from "./run-log.ts";
import { startRun } from "./start-run.ts";

/** The text of an example definition. */
export function exampleDefinition(name: string): unknown {
  const url = new URL(`../../../../schema/src/workflow/examples/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

export const anna = { kind: "key", id: "key_anna", name: "anna", userId: null, roles: [] } as const;

/** A database with engines over it, one after the other, and a fleet that is played. */
export class EngineWorld {
  readonly clock = new FakeClock();
  readonly problems: unknown[] = [];
  readonly outside: PlayedOutside;
  readonly ports: Ports;
  readonly log: RunLog;
  engine: WorkflowEngine;
  /** What people say, by the message; null: nobody says anything. */
  answer: (message: string) => string | null = () => null;

  private constructor(ports: Ports, clock: FakeClock, problems: unknown[], outside: PlayedOutside) {
    this.clock = clock;
    this.problems = problems;
    this.ports = ports;
    this.outside = outside;
    this.log = new RunLog(ports);
    this.engine = new WorkflowEngine({ ports, outside: outside.over(ports) });
  }

  static async make(outside = new PlayedOutside()): Promise<EngineWorld> {
    const clock = new FakeClock();
    const problems: unknown[] = [];
    return new EngineWorld(await makeMemoryPorts(clock, problems), clock, problems, outside);
  }

  /** A fresh engine, as after the process ended; with `dieAt` it ends at one of its writes again. */
  restart(dieAt: number | null = null, when: "before" | "after" = "after"): MortalClient {
    this.engine.stop();
    const { database } = this.ports;
    const mortal = new MortalClient(database.client, dieAt, when);
    const ports = { ...this.ports, database: { ...database, client: mortal.client } };
    // The fleet is another process: what it has taken, it has.
    this.engine = new WorkflowEngine({ ports, outside: this.outside.over(this.ports) });
    return mortal;
  }

  /** The engine of another gateway over the same tables. */
  secondEngine(): WorkflowEngine {
    return new WorkflowEngine({ ports: this.ports, outside: this.outside.over(this.ports) });
  }

  /** Saves a definition and starts a run of it. */
  async start(definition: unknown, inputs: Record<string, unknown> = {}, runAt?: number): Promise<string> {
    const read = { value: definition, errors: [], warnings: [], steps: 1 };
    await saveWorkflow(this.ports, { project: "default", name: "tried", by: "anna", ifMatch: null }, read);
    const { kind, id, name, userId } = anna;
    const run = await startRun(this.ports, this.log, {
      ...{ project: "default", workflow: "tried", inputs, caller: null, parent: null },
      ...{ startedBy: { kind, id, name, userId }, trigger: { type: "manual" } },
      ...(runAt === undefined ? {} : { runAt }),
    });
    return run.id;
  }

  /** Lets the engine work, people answer and time pass until the run has ended or nothing moves but from outside. */
  async play(id: string, mortal: MortalClient | null = null): Promise<void> {
    let dying = mortal;
    for (let rounds = 0; rounds < 500; rounds++) {
      const tick = this.engine.tick().then(() => "done" as const);
      const how = await Promise.race([
        tick,
        ...(dying === null ? [] : [dying.died.then(() => "died" as const)]),
      ]);
      if (how === "died") {
        dying = null;
        this.restart();
        continue;
      }
      if ((await this.status(id)).endedAt !== null) return;
      if (await this.#answerOne(id)) continue;
      const due = createDueStore(this.ports.database);
      const { asking, ended } = await due.found(this.clock.now());
      if (asking.length + ended.length > 0) continue;
      const next = await due.nextTimer();
      if (next === null) return;
      await this.clock.advance(Math.max(0, next - this.clock.now()));
    }
    throw new Error("the run does not end");
  }

  async #answerOne(id: string): Promise<boolean> {
    for (const { closedAt, message, id: promptId } of await promptsOf(this.ports.database, "default", id)) {
      const response = closedAt === null ? this.answer(message) : null;
      if (response === null) continue;
      await respond(this.ports, this.log, {
        project: "default",
        id,
        by: anna,
        answer: { response, promptId },
      });
      return true;
    }
    return false;
  }

  async status(id: string): Promise<{ status: string; endedAt: number | null }> {
    const [row] = await this.rows("SELECT status, ended_at FROM executions WHERE id = ?", [id]);
    return { status: String(row?.status), endedAt: row?.ended_at == null ? null : Number(row.ended_at) };
  }

  async rows(sql: string, args: (string | number)[] = []): Promise<Record<string, unknown>[]> {
    return (await this.ports.database.client.execute({ sql, args })).rows;
  }

  /** How each step ended, in order of their paths. */
  async ends(id: string): Promise<Record<string, string>> {
    const found = await this.rows(
      `SELECT entry ->> '$.step' AS step, entry ->> '$.status' AS status FROM workflow_events
       WHERE execution_id = ? AND type = 'step.settled' ORDER BY seq`,
      [id],
    );
    return Object.fromEntries(found.map((row) => [String(row.step), String(row.status)]));
  }

  close(): void {
    this.engine.stop();
    this.ports.database.client.close();
  }
}
