import { readdirSync, readFileSync } from "node:fs";
import {
  type Client,
  type InArgs,
  type InStatement,
  LibsqlError,
  type ResultSet,
  type Transaction,
} from "@libsql/client";
import { FileClient } from "@pulse/gateway/platform/node/file-client";
import { ProblemError } from "@pulse/schema/problem";
import type { Faults } from "./faults.ts";
import type { Change } from "./history.ts";
import { historyTables, readHistory } from "./history-tables.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

const emptied = [
  "executions",
  "idempotency",
  "payloads",
  "events",
  "rollups",
  "log_chunks",
  "usage",
  "history",
];

/** What the dispatcher's statements are rewritten to, for planted bugs. */
export type Rewrite = (sql: string, generation: number) => string;

/** How this seed's database fails. */
export interface DatabaseWorld {
  schedule: Schedule;
  random: Random;
  faults: Faults;
  /** A database over a network: a write may be committed unanswered, and later. Otherwise a file: what is refused was not made. */
  isRemote: boolean;
  rewrite: Rewrite | null;
  onChange(changes: readonly Change[]): void;
}

type Fate = "answered" | "busy" | "made unanswered" | "made later" | "lost unanswered";

/** The real database of all seeds of one thread, in memory. */
export class SimDatabase {
  readonly real: Client;

  private constructor(real: Client) {
    this.real = real;
  }

  /** Makes it, with its schema and what records its changes. */
  static async open(): Promise<SimDatabase> {
    // The client of the gateway itself: it keeps its statements.
    const real = new FileClient(":memory:", []);
    const folder = new URL("../schema/migrations/", import.meta.url);
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".sql"))) {
      await real.executeMultiple(readFileSync(new URL(file, folder), "utf8"));
    }
    await real.executeMultiple(historyTables);
    return new SimDatabase(real);
  }

  /** Forgets everything of the seed before. */
  async empty(): Promise<void> {
    await this.real.executeMultiple(emptied.map((table) => `DELETE FROM ${table};`).join("\n"));
  }
}

interface Pending {
  make: () => Promise<unknown>;
  made: boolean;
}

/** The database as one life of the gateway sees it: answers come late, not at all, or say that it is busy. */
export class DatabaseLink implements Client {
  readonly protocol = "file";
  closed = false;
  readonly #real: Client;
  readonly #world: DatabaseWorld;
  readonly #generation: number;
  readonly #writes = new Set<Pending>();

  constructor(real: Client, world: DatabaseWorld, generation: number) {
    this.#real = real;
    this.#world = world;
    this.#generation = generation;
  }

  execute(given: InStatement | string, args?: InArgs): Promise<ResultSet> {
    const statement = typeof given === "string" ? { sql: given, args: args ?? [] } : given;
    return this.#perform(() => this.#real.execute(statement), false);
  }

  batch(
    given: (InStatement | [string, InArgs?])[],
    mode?: "write" | "read" | "deferred",
  ): Promise<ResultSet[]> {
    const { rewrite } = this.#world;
    const statements = given.map((one) => {
      if (rewrite === null || typeof one === "string" || Array.isArray(one)) return one;
      return { ...one, sql: rewrite(one.sql, this.#generation) };
    });
    const make = async () => {
      const results = await this.#real.batch(statements, mode);
      this.#world.onChange(await readHistory(this.#real));
      return results;
    };
    return this.#perform(make, true);
  }

  /** The life is over: what was not made yet is made or lost, and nobody hears of it. */
  async crash(): Promise<void> {
    this.closed = true;
    const { random, isRemote, schedule } = this.#world;
    for (const write of this.#writes) {
      if (write.made || random.chance(0.5)) continue;
      const make = () => write.make().catch(() => undefined);
      // What is on its way to a server may arrive long after its sender is gone.
      if (isRemote && random.chance(0.5)) schedule.after(random.spread(1, 15_000), () => void make());
      else await make();
    }
    this.#writes.clear();
  }

  #fate(isWrite: boolean): Fate {
    const { faults, random, isRemote } = this.#world;
    if (faults.strikes("database busy", 0.1)) return "busy";
    if (isRemote && faults.strikes("database unanswered", 0.1)) {
      return isWrite ? random.pick(["made unanswered", "made later", "lost unanswered"]) : "lost unanswered";
    }
    return "answered";
  }

  #perform<T>(make: () => Promise<T>, isWrite: boolean): Promise<T> {
    const { schedule, random, faults, isRemote } = this.#world;
    const fate = this.#fate(isWrite);
    const isSlow = faults.strikes("database slow", 0.3);
    const there = isSlow ? random.spread(1, 5000) : random.below(3);
    const back = isSlow ? random.spread(1, 5000) : random.below(2);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const after = (ms: number, act: () => void) =>
      schedule.after(ms, () => {
        if (!this.closed) act();
      });
    if (fate === "busy") {
      const busy = new LibsqlError("database is locked", "SQLITE_BUSY");
      after(there, () => reject(isRemote ? unanswered(busy) : busy));
      return promise;
    }
    if (fate !== "answered") after(random.pick([50, 15_000]), () => reject(unanswered(null)));
    if (fate === "lost unanswered") return promise;
    const write: Pending = { make, made: false };
    if (isWrite) this.#writes.add(write);
    const act = async () => {
      write.made = true;
      this.#writes.delete(write);
      const result = await make();
      if (fate === "answered") after(back, () => resolve(result));
    };
    after(fate === "made later" ? random.spread(100, 40_000) : there, () => {
      act().catch((error: unknown) => after(back, () => reject(error)));
    });
    return promise;
  }

  reconnect(): void {}
  close(): void {}

  transaction(): Promise<Transaction> {
    throw new Error("the dispatcher holds no interactive transaction");
  }
  migrate(): Promise<ResultSet[]> {
    throw new Error("the dispatcher does not migrate");
  }
  executeMultiple(): Promise<void> {
    throw new Error("the dispatcher runs no scripts");
  }
  sync(): Promise<never> {
    throw new Error("there is no replica");
  }
}

function unanswered(cause: unknown): ProblemError {
  return new ProblemError("unavailable", "the database does not answer; try again", { cause, retryAfter: 2 });
}
