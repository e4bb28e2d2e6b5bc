import type { Database } from "../../ports.ts";
import { upgrade as shape, type Upgrade } from "./upgrade.ts";

const prefix = "runner_upgrade:";

/** The last upgrade of a project's runners as it was read; `text` tells whether it is still so. */
export interface Kept {
  upgrade: Upgrade;
  text: string;
}

/** The SQL of upgrades: one of each project is kept, as a fact. */
export function createUpgradeStore({ client }: Pick<Database, "client">) {
  return {
    async read(project: string): Promise<Kept | null> {
      const { rows } = await client.execute({
        sql: "SELECT value FROM facts WHERE name = ?",
        args: [prefix + project],
      });
      const text = rows[0]?.value;
      return typeof text === "string" ? { text, upgrade: shape.parse(JSON.parse(text)) } : null;
    },
    /** Writes it where `before` still stands (null: nothing does); false: somebody else was quicker. */
    async write(project: string, upgrade: Upgrade, before: Kept | null): Promise<boolean> {
      const value = JSON.stringify(upgrade);
      const { rowsAffected } = await client.execute(
        before === null
          ? {
              sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
              args: [prefix + project, value],
            }
          : {
              sql: "UPDATE facts SET value = ? WHERE name = ? AND value = ?",
              args: [value, prefix + project, before.text],
            },
      );
      return rowsAffected > 0;
    },
    /** Projects whose upgrade is under way. */
    async running(): Promise<string[]> {
      const { rows } = await client.execute({
        sql: "SELECT name FROM facts WHERE name > ? AND name < ? AND value ->> '$.state' = 'running'",
        args: [prefix, `${prefix}\u{10ffff}`],
      });
      return rows.map(({ name }) => String(name).slice(prefix.length));
    },
  };
}
