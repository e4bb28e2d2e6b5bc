import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import * as z from "zod";
import type { Messages } from "./messages/en.ts";
import { fill } from "./messages/say.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage.ts";

const entry = z.object({ gateway: z.string(), key: z.string() });
const file = z.object({ current: z.string(), profiles: z.record(z.string(), entry) });

type Environment = Readonly<Record<string, string | undefined>>;

/** Gateways with their keys, by name, and the one that is used when none is named. */
export type Profiles = z.output<typeof file>;

/** Where to call, and with what key. */
export interface Profile {
  /** The kept profile's name; null when gateway and key come from elsewhere. */
  name: string | null;
  gateway: string;
  key: string | null;
  /** The project that is meant, where one is named. */
  project?: string;
  /** Where the key came from, for `doctor`. */
  source: string;
}

/** What the command line says about where to call. */
export interface ProfileFlags {
  profile?: string;
  gateway?: string;
  keyFile?: string;
  project?: string;
  /** A name that is not kept yet is no error: `login` makes it. */
  isNewAllowed?: boolean;
}

/** The file of kept profiles. */
export const profilesPath = (env: Environment) =>
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "pulse", "config.json");

/** The kept profiles; a file of the first form (one gateway and key) is the profile `default`. Throws `conflict` for a broken file. */
export function readProfiles(env: Environment): Profiles {
  const path = profilesPath(env);
  if (!existsSync(path)) return { current: "default", profiles: {} };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ProblemError("conflict", `${path} is not JSON`, { cause });
  }
  const one = entry.safeParse(value);
  if (one.success) return { current: "default", profiles: { default: one.data } };
  const all = file.safeParse(value);
  if (!all.success) throw new ProblemError("conflict", `${path} is no file of profiles`);
  return all.data;
}

/** Writes the profiles whole, readable by their owner alone; without any left the file goes. */
export function writeProfiles(env: Environment, profiles: Profiles): void {
  const path = profilesPath(env);
  if (Object.keys(profiles.profiles).length === 0) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, path);
}

/**
 * Flags first, then `PULSE_GATEWAY` and `PULSE_KEY`, then the named profile (`PULSE_PROFILE`, else the current one), then a gateway on this
 * machine whose key file stands in `./pulse-data`. A profile's key goes to its own gateway only. Throws `UsageError`, `not_found`.
 */
export function findProfile(flags: ProfileFlags, env: Environment, cwd: string, messages: Messages): Profile {
  const project = flags.project ?? (env.PULSE_PROJECT || null);
  return { ...whereToCall(flags, env, cwd, messages), ...(project === null ? {} : { project }) };
}

function whereToCall(flags: ProfileFlags, env: Environment, cwd: string, messages: Messages): Profile {
  const { current, profiles } = readProfiles(env);
  const name = flags.profile ?? (env.PULSE_PROFILE || current);
  const kept = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  const isNamed = flags.profile !== undefined || Boolean(env.PULSE_PROFILE);
  if (isNamed && kept === undefined && !flags.isNewAllowed) throw noProfile(name, profiles, messages);
  const fromEnv = flags.profile === undefined || flags.isNewAllowed ? env : {};
  const dataDir = resolve(cwd, env.PULSE_DATA_DIR || "pulse-data");
  const given = flags.gateway ?? (fromEnv.PULSE_GATEWAY || kept?.gateway || localGateway(dataDir));
  const gateway = checkedGateway(given, messages);
  if (flags.keyFile !== undefined)
    return { name: null, gateway, key: readKey(flags.keyFile, messages), source: flags.keyFile };
  if (fromEnv.PULSE_KEY) return { name: null, gateway, key: fromEnv.PULSE_KEY, source: "PULSE_KEY" };
  if (kept?.gateway === gateway) return { name, gateway, key: kept.key, source: profilesPath(env) };
  const local = join(dataDir, "admin-key");
  if (isLocal(gateway) && existsSync(local))
    return { name: null, gateway, key: readKey(local, messages), source: local };
  return { name: null, gateway, key: null, source: "none" };
}

/** The error of a name that is not kept, with the nearest one. */
export function noProfile(name: string, profiles: Profiles["profiles"], messages: Messages): ProblemError {
  const near = nearest(name, Object.keys(profiles));
  const hint = near === null ? {} : { hint: fill(messages.didYouMean, { name: near }) };
  return new ProblemError("not_found", fill(messages.noProfile, { name }), hint);
}

function isLocal(gateway: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(gateway).hostname);
}

/** Where the gateway over this data folder says that it listens; never another machine, for the folder's key would go there. */
function localGateway(dataDir: string): string {
  const path = join(dataDir, "gateway-url");
  const written = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  return URL.canParse(written) && isLocal(written) ? written : "http://localhost:8787";
}

function checkedGateway(given: string, messages: Messages): string {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new UsageError(fill(messages.badGateway, { given: url === null ? given : url.host }));
  return given.replace(/\/+$/, "");
}

function readKey(path: string, messages: Messages): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new UsageError(fill(messages.cannotRead, { path }));
  }
}
