import type { Client } from "@libsql/client";

const isWrite = (sql: string) => /^\s*(INSERT|UPDATE|DELETE)/i.test(sql);

/** A database whose process dies at one of its writes: right before it, or right after it. What it asked is never answered. */
export class MortalClient {
  readonly client: Client;
  /** Resolves when it dies. */
  readonly died: Promise<void>;
  writes = 0;

  constructor(whole: Client, dieAt: number | null, when: "before" | "after") {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    let isDead = false;
    const never = () => new Promise<never>(() => undefined);
    const guarded = async <T>(writes: boolean, work: () => Promise<T>): Promise<T> => {
      if (isDead) return await never();
      if (!writes) return await work();
      this.writes += 1;
      if (this.writes !== dieAt) return await work();
      isDead = true;
      if (when === "after") await work();
      resolve();
      return await never();
    };
    const wrapped: Pick<Client, "execute" | "batch"> = {
      execute: ((statement: { sql: string } | string) =>
        guarded(isWrite(typeof statement === "string" ? statement : statement.sql), () =>
          whole.execute(statement as never),
        )) as Client["execute"],
      batch: (statements, mode) => guarded(mode === "write", () => whole.batch(statements, mode)),
    };
    this.client = Object.assign(Object.create(whole) as Client, wrapped);
  }
}
