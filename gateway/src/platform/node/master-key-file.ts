import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { GatewayConfig } from "../../config.ts";
import type { Database, MasterKey, MasterKeys, Ports } from "../../ports.ts";
import { masterKeyOf, readMasterKeys } from "../../secrets/master-key.ts";
import { checkMasterKeys, keysInUse } from "../../secrets/rewrap.ts";

/** The file of the data folder that holds the keys where none are given: one a line, the one that seals first. */
export const masterKeyFile = "master-key";

/**
 * The master keys of a Node gateway: given by `PULSE_MASTER_KEY` or a file that `PULSE_MASTER_KEY_FILE` names, else its own, in a file that only its
 * owner may read, made on the first start. Throws `validation_failed` for a key that is none, and for a database whose key is not here:
 * then nothing was written.
 */
export async function openMasterKeys(
  config: Pick<GatewayConfig, "masterKey" | "masterKeyFile" | "databaseUrl">,
  dataDir: string,
  { database, random }: Pick<Ports, "database" | "random">,
): Promise<MasterKeys> {
  const isShared = config.databaseUrl !== null;
  const given = config.masterKey ?? (config.masterKeyFile === null ? null : readGiven(config.masterKeyFile));
  const masterKeys =
    given === null
      ? await ownKeys(join(dataDir, masterKeyFile), { database, random, isShared })
      : fixedKeys(await readMasterKeys(given));
  await checkMasterKeys({ database, masterKeys }, { isShared }).catch((error: unknown) => {
    // No start succeeds before that is changed.
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError("validation_failed", error.message, error.extras);
  });
  return masterKeys;
}

/** Keys that stay as they are while the gateway runs. */
function fixedKeys(keys: readonly MasterKey[]): MasterKeys {
  return { known: async () => keys };
}

function readGiven(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be read";
    throw new ProblemError("validation_failed", `PULSE_MASTER_KEY_FILE ${path}: ${why}`, { cause });
  }
}

/** Keys in a file of the gateway's own. Where other gateways share the database they cannot be renewed: the others would not know. */
async function ownKeys(
  path: string,
  { database, random, isShared }: { database: Database; random: Ports["random"]; isShared: boolean },
): Promise<MasterKeys> {
  let keys: MasterKey[];
  if (existsSync(path)) {
    chmodSync(path, 0o600);
    keys = await readMasterKeys(readFileSync(path, "utf8"));
  } else {
    await refuseIfSealed(database, path);
    keys = [await masterKeyOf(new Uint8Array(random(32)))];
    writeKeys(path, keys);
  }
  const known = async () => keys;
  if (isShared) return { known };
  return {
    known,
    async renew() {
      const next = [await masterKeyOf(new Uint8Array(random(32))), ...keys];
      writeKeys(path, next);
      keys = next;
    },
    async retire(except) {
      const left = keys.filter(({ id }) => id === except);
      if (left.length === 0 || left.length === keys.length) return;
      writeKeys(path, left);
      keys = left;
    },
  };
}

async function refuseIfSealed(database: Database, path: string): Promise<void> {
  const sealedBy = await keysInUse(database);
  if (sealedBy.length === 0) return;
  const detail = `secrets in the database are sealed under ${sealedBy.join(", ")}, and ${path} is not there`;
  const hint = "Put the file back, or set PULSE_MASTER_KEY. Nothing is lost while that key is kept.";
  throw new ProblemError("validation_failed", detail, { hint });
}

/** Either the old content or the new one is there, whenever the machine stops. */
function writeKeys(path: string, keys: readonly MasterKey[]): void {
  const beside = `${path}.new`;
  const file = openSync(beside, "w", 0o600);
  try {
    writeSync(file, keys.map(({ bytes }) => `${bytes.toBase64()}\n`).join(""));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
