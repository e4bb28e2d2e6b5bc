import type { Client } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import * as z from "zod";

const fact = "hub owner";

const shape = z.object({
  /** Grows by one with each owner. */
  epoch: z.number().int(),
  /** Grows by one with each sign of life; -1: the owner left in order. */
  beat: z.number().int(),
  /** Where the others reach its hub. */
  url: z.string(),
});
export type Owner = z.output<typeof shape>;

const ofEpoch = "name = ? AND value ->> '$.epoch' = ?";

/** The one row that says which gateway owns the hub of a database. Every change of it names the owner it was read with. */
export function createOwnerRow(client: Client) {
  const ownerOf = (value: unknown): Owner => shape.parse(JSON.parse(String(value)));
  return {
    /** Who owns the hub; null: nobody ever did. */
    async read(): Promise<Owner | null> {
      const { rows } = await client.execute({ sql: "SELECT value FROM facts WHERE name = ?", args: [fact] });
      return rows[0] === undefined ? null : ownerOf(rows[0].value);
    },
    /** Takes the hub from the owner that was seen last, in exactly the state it was seen in; null when somebody was faster. */
    async claim(seen: Owner | null, url: string): Promise<Owner | null> {
      const mine: Owner = { epoch: (seen?.epoch ?? 0) + 1, beat: 0, url };
      const value = JSON.stringify(mine);
      const { rowsAffected } =
        seen === null
          ? await client.execute({
              sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
              args: [fact, value],
            })
          : await client.execute({
              sql: `UPDATE facts SET value = ? WHERE ${ofEpoch} AND value ->> '$.beat' = ?`,
              args: [value, fact, seen.epoch, seen.beat],
            });
      if (rowsAffected > 0) return mine;
      // The answer of an earlier try may have been lost: what stands tells.
      return null;
    },
    /** A sign of life; false when another one owns the hub. */
    async renew({ epoch }: Owner): Promise<boolean> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE facts SET value = json_set(value, '$.beat', (value ->> '$.beat') + 1) WHERE ${ofEpoch}`,
        args: [fact, epoch],
      });
      return rowsAffected > 0;
    },
    /** Leaves, so that the next one need not wait. */
    async release({ epoch }: Owner): Promise<void> {
      await client.execute({
        sql: `UPDATE facts SET value = json_set(value, '$.beat', -1) WHERE ${ofEpoch}`,
        args: [fact, epoch],
      });
    },
  };
}

// Fails where it finds another owner: a text that is no JSON, made of what it finds, so that nothing of it is computed ahead.
const guardSql = `SELECT json(CASE WHEN EXISTS (SELECT 1 FROM facts WHERE ${ofEpoch}) THEN 'true' ELSE 'not the owner' END)`;

/**
 * The client of a hub's owner: every write is one transaction that begins with the question whether it still is, so that one that was frozen
 * and comes back changes nothing. `onLost` hears when it is not; the write is `unavailable`.
 */
export function fencedClient(client: Client, { epoch }: Owner, onLost: () => void): Client {
  const guard = { sql: guardSql, args: [fact, epoch] };
  const guarded: Client["batch"] = async (statements, mode) => {
    try {
      return (await client.batch([guard, ...statements], mode ?? "deferred")).slice(1);
    } catch (cause) {
      if (!(cause instanceof Error) || !/malformed JSON/i.test(cause.message)) throw cause;
      const { rows } = await client.execute({
        sql: `SELECT 1 FROM facts WHERE ${ofEpoch}`,
        args: [fact, epoch],
      });
      if (rows.length > 0) throw cause;
      onLost();
      throw new ProblemError("unavailable", "another gateway owns the hub now; try again", {
        cause,
        retryAfter: 1,
      });
    }
  };
  return {
    async execute(...[statement, args]: [unknown, unknown?]) {
      // The two forms of the interface: a statement, or a text and its arguments.
      const given = (typeof statement === "string" ? { sql: statement, args: args ?? [] } : statement) as {
        sql: string;
        args: never[];
      };
      if (/^\s*(SELECT|PRAGMA|EXPLAIN)\b/i.test(given.sql)) return client.execute(given);
      const [result] = await guarded([given], "write");
      if (result === undefined) throw new Error("a batch of one statement has one result");
      return result;
    },
    batch: (statements, mode) =>
      mode === "read" ? client.batch(statements, mode) : guarded(statements, mode),
    migrate: (statements) => client.migrate(statements),
    executeMultiple: (sql) => client.executeMultiple(sql),
    transaction() {
      throw new Error("an interactive transaction may not be held across an await");
    },
    sync: () => client.sync(),
    close: () => client.close(),
    reconnect: () => client.reconnect(),
    closed: false,
    protocol: client.protocol,
  };
}
