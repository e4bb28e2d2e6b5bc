/** Why a setting of the older system has no counterpart. */
export type NoNeed = "database" | "sealing" | "keys" | "protocol";

/** What its settings are called here; those of the gateway and those of a runner are different programs'. */
const counterparts: Readonly<Record<string, string>> = {
  PORT: "PULSE_PORT",
  HOST: "PULSE_HOST",
  PUBLIC_URL: "PULSE_PUBLIC_URL",
  BASE_URL: "PULSE_PUBLIC_URL",
  TRUSTED_PROXIES: "PULSE_TRUSTED_PROXIES",
  TRUSTED_PROXY_CIDRS: "PULSE_TRUSTED_PROXIES",
  PROXY_SECRET: "PULSE_PROXY_SECRET",
  WORKER_NAME: "PULSE_RUNNER_NAME",
  PULSE_SERVER: "PULSE_GATEWAY",
  MAX_CONCURRENT_TASKS: "PULSE_SLOTS",
};

const unneeded: readonly [RegExp, NoNeed][] = [
  [/^(DB_\w+|DATABASE_URL|MYSQL_\w+|MARIADB_\w+)$/, "database"],
  [/^(SECRET_KEY|SESSION_SECRET|JWT_SECRET)$/, "sealing"],
  [/^(WORKER_API_KEY|API_KEY)$/, "keys"],
  [/^(PULSE_WS|HEARTBEAT_INTERVAL|NODE_ENV)$/, "protocol"],
];

/** What becomes of a setting: its name here, why it is not needed, or null where it is not known. */
export function settingOf(name: string): { to: string } | { because: NoNeed } | null {
  if (Object.hasOwn(counterparts, name)) return { to: counterparts[name] ?? "" };
  const because = unneeded.find(([pattern]) => pattern.test(name))?.[1];
  return because === undefined ? null : { because };
}
