import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

const saved = z.object({ gateway: z.string(), key: z.string() });

/** Where to call, and with what key. */
export interface Profile {
  gateway: string;
  key: string | null;
  /** Where the key came from, for `doctor`. */
  source: string;
}

const pathOf = (env: NodeJS.ProcessEnv) =>
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "pulse", "config.json");

/**
 * Flags first, then `PULSE_GATEWAY` and `PULSE_KEY`, then the signed-in profile, then a gateway on this machine whose key file
 * stands in `./pulse-data`.
 */
export function findProfile(
  flags: { gateway?: string; keyFile?: string },
  env: NodeJS.ProcessEnv,
  cwd: string,
): Profile {
  const path = pathOf(env);
  const kept = existsSync(path) ? saved.safeParse(JSON.parse(readFileSync(path, "utf8"))).data : undefined;
  const gateway = (flags.gateway ?? env.PULSE_GATEWAY ?? kept?.gateway ?? "http://localhost:8787").replace(
    /\/+$/,
    "",
  );
  if (flags.keyFile !== undefined)
    return { gateway, key: readFileSync(flags.keyFile, "utf8").trim(), source: flags.keyFile };
  if (env.PULSE_KEY) return { gateway, key: env.PULSE_KEY, source: "PULSE_KEY" };
  if (kept?.gateway === gateway) return { gateway, key: kept.key, source: path };
  const local = join(cwd, env.PULSE_DATA_DIR || "pulse-data", "admin-key");
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(gateway).hostname);
  if (isLocal && existsSync(local))
    return { gateway, key: readFileSync(local, "utf8").trim(), source: local };
  return { gateway, key: null, source: "none" };
}

/** Keeps a profile, readable by its owner alone. */
export function saveProfile(env: NodeJS.ProcessEnv, gateway: string, key: string): void {
  const path = pathOf(env);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify({ gateway, key })}\n`, { mode: 0o600 });
}

/** Forgets the profile. */
export function removeProfile(env: NodeJS.ProcessEnv): void {
  rmSync(pathOf(env), { force: true });
}
