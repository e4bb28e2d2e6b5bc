import { parse } from "yaml";

/** A service of a Compose file, with every variable in it replaced. Only what ours use; anything else is refused. */
export interface ComposeService {
  name: string;
  image: string;
  /** What `docker run` is given before the image, and after it. */
  args: string[];
  command: string[];
}

/** A Compose file as far as ours goes: its services, the networks and volumes to be made before them. */
export interface ComposeProject {
  services: ComposeService[];
  networks: string[];
  volumes: { name: string; args: string[] }[];
}

type Json = Record<string, unknown>;

/** Replaces `${NAME:-default}` and `${NAME:?message}` as Compose does. Throws with the message where a needed one is missing or empty. */
export function interpolated(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, how: string, rest: string) => {
    const value = env[name];
    if (value !== undefined && value !== "") return value;
    if (how === "?") throw new Error(`required variable ${name} is missing a value: ${rest}`);
    return rest;
  });
}

/** Reads a Compose file into what `docker run` does the same with; names of objects get the project's name before them. Throws at what it does not know. */
export function readCompose(
  text: string,
  env: Readonly<Record<string, string>>,
  project: string,
): ComposeProject {
  const replaced = (value: unknown): unknown => {
    if (typeof value === "string") return interpolated(value, env);
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one)]));
  };
  const file = replaced(parse(text, { merge: true })) as Json; // A file that was read: what is wrong in it fails below.
  const { services, networks, volumes, name, "x-confined": _, ...unknown } = file;
  assertEmpty("the file", unknown);
  if (name !== "pulse") throw new Error(`the project is pulse, got ${String(name)}`);
  return {
    services: entries(services).map(([key, service]) => serviceOf(key, service, project)),
    networks: entries(networks).map(([key, network]) => {
      assertEmpty(`network ${key}`, network);
      return `${project}-${key}`;
    }),
    volumes: entries(volumes).map(([key, { driver = "local", driver_opts: options = {}, ...rest }]) => {
      assertEmpty(`volume ${key}`, rest);
      const given = Object.entries(options as Json).flatMap(([one, value]) => ["--opt", `${one}=${value}`]);
      return { name: `${project}-${key}`, args: ["--driver", String(driver), ...given] };
    }),
  };
}

const plainFlags: Record<string, (value: unknown, project: string) => string[]> = {
  init: (value) => (value === true ? ["--init"] : []),
  read_only: (value) => (value === true ? ["--read-only"] : []),
  cap_drop: (value) => each("--cap-drop", value),
  security_opt: (value) => each("--security-opt", value),
  restart: (value) => ["--restart", String(value)],
  user: (value) => ["--user", String(value)],
  group_add: (value) => each("--group-add", value),
  pids_limit: (value) => ["--pids-limit", String(value)],
  mem_limit: (value) => ["--memory", String(value)],
  tmpfs: (value) => each("--tmpfs", value),
  ports: (value) => each("--publish", value),
  stop_grace_period: (value) => ["--stop-timeout", String(value).replace(/s$/, "")],
  environment: (value) =>
    Object.entries(value as Json).flatMap(([name, one]) => ["--env", `${name}=${String(one ?? "")}`]),
  volumes: (value, project) =>
    (value as string[]).flatMap((one) => ["--volume", one.startsWith("/") ? one : `${project}-${one}`]),
  network_mode: (value) => ["--network", String(value)],
};

function serviceOf(name: string, service: Json, project: string): ComposeService {
  const { image, entrypoint, logging, healthcheck, networks, depends_on: _, ...rest } = service;
  const args = ["--name", `${project}-${name}`];
  for (const [key, value] of Object.entries(rest)) {
    const flags = plainFlags[key];
    if (flags === undefined) throw new Error(`service ${name}: ${key} is not known here`);
    args.push(...flags(value, project));
  }
  for (const network of (networks ?? []) as string[]) {
    args.push("--network", `${project}-${network}`, "--network-alias", name);
  }
  const { driver, options = {} } = (logging ?? {}) as { driver?: string; options?: Json };
  if (driver !== undefined) args.push("--log-driver", driver);
  for (const [key, value] of Object.entries(options)) args.push("--log-opt", `${key}=${value}`);
  args.push(...healthFlags(name, healthcheck));
  const [program, ...command] = (entrypoint ?? []) as string[];
  if (program !== undefined) args.push("--entrypoint", program);
  return { name, image: String(image), args, command };
}

function healthFlags(name: string, healthcheck: unknown): string[] {
  if (healthcheck === undefined) return [];
  const { test, interval, timeout, start_period: startPeriod, retries, ...unknown } = healthcheck as Json;
  assertEmpty(`service ${name}: healthcheck`, unknown);
  const [how, ...words] = test as string[];
  if (how !== "CMD") throw new Error(`service ${name}: a health check is CMD, got ${how}`);
  return [
    ...["--health-cmd", words.join(" "), "--health-interval", String(interval)],
    ...["--health-timeout", String(timeout), "--health-start-period", String(startPeriod)],
    ...["--health-retries", String(retries)],
  ];
}

function each(flag: string, values: unknown): string[] {
  return (values as string[]).flatMap((one) => [flag, one]);
}

function entries(value: unknown): [string, Json][] {
  return Object.entries(value as Record<string, Json | null>).map(([key, one]) => [key, one ?? {}]);
}

function assertEmpty(where: string, rest: Json): void {
  const [key] = Object.keys(rest);
  if (key !== undefined) throw new Error(`${where}: ${key} is not known here`);
}
