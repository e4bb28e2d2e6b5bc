import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Language } from "@pulse/schema/wire/manifest";
import type { OpenedRange } from "../egress/address-rules.ts";
import { npmrcText, type ReadNpmrc, readNpmrc, registriesIn } from "./npmrc.ts";
import { hostOf } from "./plan.ts";

const run = promisify(execFile);
const npmDefault = "https://registry.npmjs.org/";
const pipDefaults = ["pypi.org:443", "files.pythonhosted.org:443"];

/** Where packages come from, as the operator of this machine has set it: npm's own settings, and `PIP_…` of the environment. */
export interface Registries {
  /** `host:port` of each. */
  hosts: readonly string[];
  /** The text of an `.npmrc`, credentials included. */
  npmrc: string;
  settings: ReadNpmrc;
  /** For the installer alone. */
  env: Readonly<Record<string, string>>;
  /** The certificates that this machine trusts besides, a path. */
  certificates: string | null;
}

/** Reads the operator's settings; what is not set is what npm and pip take. */
export async function readRegistries(
  runtime: Language,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Registries> {
  return runtime === "typescript" ? npmRegistries(env) : pipRegistries(env);
}

async function npmRegistries(env: Readonly<Record<string, string | undefined>>): Promise<Registries> {
  const config = await npmConfig(env);
  const files = [config.globalconfig, config.userconfig ?? join(homedir(), ".npmrc")];
  const texts = await Promise.all(
    files.map((file) => (typeof file === "string" ? readFile(file, "utf8").catch(() => "") : "")),
  );
  const expanded = texts
    .join("\n")
    .replace(/\$\{([^}]+)\}/g, (whole: string, name: string) => env[name] ?? whole);
  const fromFiles = readNpmrc(expanded).kept.filter(([name]) => name.startsWith("//"));
  const fromConfig = Object.entries(config)
    .filter(
      ([name, value]) => (name === "registry" || name.endsWith(":registry")) && typeof value === "string",
    )
    .map(([name, value]) => [name, String(value)] as const);
  if (!fromConfig.some(([name]) => name === "registry"))
    fromConfig.push(["registry", env.npm_config_registry ?? npmDefault]);
  const settings = { kept: [...fromConfig, ...fromFiles], ignored: [] };
  const { cafile } = config;
  return {
    hosts: registriesIn(settings).flatMap((address) => hostOf(address) ?? []),
    npmrc: npmrcText(settings),
    settings,
    env: {},
    certificates:
      typeof cafile === "string" ? cafile : (env.NODE_EXTRA_CA_CERTS ?? env.SSL_CERT_FILE ?? null),
  };
}

/** What npm of this machine would take; nothing where it has no npm. */
async function npmConfig(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, unknown>> {
  const options = { cwd: tmpdir(), env: { ...env, npm_config_loglevel: "silent" }, timeout: 20_000 };
  for (const [program, ...before] of npmPrograms(env.PATH ?? "")) {
    try {
      const { stdout } = await run(program, [...before, "config", "list", "--json"], options);
      const value: unknown = JSON.parse(stdout);
      if (typeof value === "object" && value !== null) return value as Record<string, unknown>; // Of JSON.
    } catch {
      // Another way to start it, or none.
    }
  }
  return {};
}

/** How npm may be started: with the Node beside it first, for its global settings stand where that Node is. */
function npmPrograms(path: string): [program: string, ...before: string[]][] {
  const folder = path.split(delimiter).find((one) => one !== "" && existsSync(join(one, "npm")));
  if (folder === undefined) return [];
  const [npm, node] = [join(folder, "npm"), join(folder, "node")];
  return existsSync(node) ? [[node, npm], [npm]] : [[npm]];
}

async function pipRegistries(env: Readonly<Record<string, string | undefined>>): Promise<Registries> {
  const names = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"];
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name] ?? ""]] : [])));
  const addresses = [given.PIP_INDEX_URL, given.PIP_EXTRA_INDEX_URL].flatMap(
    (text) => text?.split(/\s+/) ?? [],
  );
  const own = addresses.flatMap((address) => hostOf(address) ?? []);
  return {
    hosts: given.PIP_INDEX_URL === undefined ? [...pipDefaults, ...own] : own,
    npmrc: "",
    settings: { kept: [], ignored: [] },
    env: given,
    certificates: env.PIP_CERT ?? env.REQUESTS_CA_BUNDLE ?? env.SSL_CERT_FILE ?? null,
  };
}

/** The addresses of the operator's own registries: an install reaches them wherever they stand, also in a private network. */
export async function openedFor(
  hosts: readonly string[],
): Promise<{ opened: OpenedRange[]; resolve: (host: string) => Promise<string[]> }> {
  const known = new Map<string, string[]>();
  const opened: OpenedRange[] = [];
  for (const one of hosts) {
    const at = one.lastIndexOf(":");
    const [host, port] = [one.slice(0, at), Number(one.slice(at + 1))];
    const addresses = known.get(host) ?? (await addressesOf(host));
    known.set(host, addresses);
    for (const network of addresses) opened.push({ network, prefix: network.includes(":") ? 128 : 32, port });
  }
  return { opened, resolve: async (host) => known.get(host) ?? (await addressesOf(host)) };
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
