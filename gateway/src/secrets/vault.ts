import { ProblemError } from "@pulse/schema/problem";
import type { MasterKey, Ports } from "../ports.ts";
import { open, seal } from "./envelope.ts";
import { createSecretStore, type SealedRow, type SecretKind } from "./store.ts";

/** What sealing and opening needs of the gateway. */
export type VaultPorts = Pick<Ports, "database" | "now" | "random" | "masterKeys">;

const putTries = 5;

/** Values of a project by name: what could be opened, and why the others could not, in words. */
export interface Opened {
  values: Map<string, { value: string; version: number; updatedAt: number }>;
  faults: Map<string, { isMissing: boolean; detail: string }>;
}

/** A value of a project by its name. */
export interface Named {
  project: string;
  kind: SecretKind;
  name: string;
}

/** Seals a value as the next version of its name; returns that. Throws `unavailable` without a master key. */
export async function putSecret(
  ports: VaultPorts,
  { project, kind, name }: Named,
  value: string,
): Promise<number> {
  const store = createSecretStore(ports.database);
  const master = await sealingKey(ports);
  for (let attempt = 0; attempt < putTries; attempt++) {
    const place = { project, kind, name, version: (await store.version(project, kind, name)) + 1 };
    const envelope = await seal(value, place, master, ports.random);
    if (await store.put({ ...place, ...envelope, updatedAt: ports.now() })) return place.version;
  }
  throw new ProblemError("conflict", `the secret ${name} is being changed by others at the same time`);
}

/** Seals a value for a name that never had one; does nothing where somebody else was first. */
export async function putFirst(ports: VaultPorts, named: Named, value: string): Promise<void> {
  const place = { ...named, version: 1 };
  const envelope = await seal(value, place, await sealingKey(ports), ports.random);
  await createSecretStore(ports.database).put({ ...place, ...envelope, updatedAt: ports.now() });
}

/** Forgets a value that the gateway keeps for itself; does nothing where there is none. */
export async function dropSecret(
  { database, now }: Pick<VaultPorts, "database" | "now">,
  { project, kind, name }: Named,
): Promise<void> {
  await createSecretStore(database).remove(project, kind, name, now());
}

/** Opens values of a project. What is not set, or does not open, is a fault and no error. */
export async function openSecrets(
  ports: VaultPorts,
  { project, kind, names }: { project: string; kind: SecretKind; names: readonly string[] },
): Promise<Opened> {
  const opened: Opened = { values: new Map(), faults: new Map() };
  if (names.length === 0) return opened;
  const keys = await ports.masterKeys.known();
  const rows = await createSecretStore(ports.database).sealed(project, kind, names);
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const name of new Set(names)) {
    const row = byName.get(name);
    if (row === undefined) {
      const detail = `the secret ${name} is not set in the project ${project}`;
      opened.faults.set(name, { isMissing: true, detail });
      continue;
    }
    const value = await openRow(row, keys);
    if (typeof value === "string") {
      opened.values.set(name, { value, version: row.version, updatedAt: row.updatedAt });
    } else opened.faults.set(name, { isMissing: false, detail: value.fault });
  }
  return opened;
}

async function openRow(row: SealedRow, keys: readonly MasterKey[]): Promise<string | { fault: string }> {
  const master = keys.find(({ id }) => id === row.keyId);
  if (master === undefined) {
    return {
      fault: `the secret ${row.name} is sealed under the master key ${row.keyId}, which the gateway does not have`,
    };
  }
  const value = await open(row, row, master);
  return (
    value ?? { fault: `the secret ${row.name} does not open: what the database holds of it was changed` }
  );
}

/** The master key that seals. Throws `unavailable` when there is none. */
export async function sealingKey({ masterKeys }: Pick<Ports, "masterKeys">): Promise<MasterKey> {
  const [first] = await masterKeys.known();
  if (first === undefined) throw new ProblemError("unavailable", "this gateway has no master key");
  return first;
}
