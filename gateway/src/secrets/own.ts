import type { Database } from "../ports.ts";
import { openSecrets, putFirst, putSecret, type VaultPorts } from "./vault.ts";

/** What a gateway needs for itself and can make anew: `name` where it is sealed, `fact` where it stands plain for want of a master key. */
export interface Own {
  name: string;
  fact: string;
}

/** It is the whole gateway's; `default` is the project that is always there. */
const place = { project: "default", kind: "tokens" } as const;

const isSealing = async ({ masterKeys }: VaultPorts) => (await masterKeys.known()).length > 0;

async function readPlain({ client }: Database, { fact }: Own): Promise<string | null> {
  const { rows } = await client.execute({ sql: "SELECT value FROM facts WHERE name = ?", args: [fact] });
  const value = rows[0]?.value;
  return typeof value === "string" ? value : null;
}

/** `lost`: it opens with no master key that is here. */
async function readSealed(
  ports: VaultPorts,
  { name }: Own,
): Promise<{ value: string | null; isLost: boolean }> {
  const { values, faults } = await openSecrets(ports, { ...place, names: [name] });
  return { value: values.get(name)?.value ?? null, isLost: faults.get(name)?.isMissing === false };
}

/**
 * What is kept, or `made` where there is nothing yet; two that start at once agree on one. It is sealed under the master key, so that a copy of the
 * database alone gives nobody a place in it; what an earlier gateway kept plain is sealed and stays what it was. What no longer opens is replaced.
 */
export async function loadOwn(ports: VaultPorts, own: Own, made: string): Promise<string> {
  const { database } = ports;
  if (!(await isSealing(ports))) {
    const found = await readPlain(database, own);
    if (found !== null) return found;
    await database.client.execute({
      sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
      args: [own.fact, made],
    });
    return (await readPlain(database, own)) ?? made;
  }
  const found = await readSealed(ports, own);
  if (found.value !== null) return found.value;
  if (found.isLost) await putSecret(ports, { ...place, name: own.name }, made);
  else {
    const plain = await readPlain(database, own);
    await putFirst(ports, { ...place, name: own.name }, plain ?? made);
    if (plain !== null)
      await database.client.execute({ sql: "DELETE FROM facts WHERE name = ?", args: [own.fact] });
  }
  return (await readSealed(ports, own)).value ?? made;
}

/** Puts another value in its place. */
export async function replaceOwn(ports: VaultPorts, own: Own, next: string): Promise<void> {
  if (await isSealing(ports)) await putSecret(ports, { ...place, name: own.name }, next);
  else
    await ports.database.client.execute({
      sql: "UPDATE facts SET value = ? WHERE name = ?",
      args: [next, own.fact],
    });
}
