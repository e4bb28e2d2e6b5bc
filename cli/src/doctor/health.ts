import { type HealthCheckName, healthText } from "@pulse/schema/health-words";
import { ProblemError } from "@pulse/schema/problem";
import { getHealth, health } from "@pulse/schema/wire/operations";
import * as z from "zod";
import { wordsLanguage } from "../messages/say.ts";
import type { Session } from "../session.ts";
import type { Check } from "./checks.ts";

/** Where this command looks at something of the same name itself, what the gateway says has a name of its own. */
export const healthNames = {
  database: "database",
  hub: "hub",
  runners: "runner",
  versions: "runnerVersions",
  clock: "databaseClock",
  secrets: "masterKey",
  disk: "store",
  backup: "backup",
} as const satisfies Readonly<Record<HealthCheckName, string>>;
export type HealthName = (typeof healthNames)[HealthCheckName];

/** What the gateway says of itself and of the project's runners, in the words that the dashboard shows too; without the scope for it, what everybody is told. */
export async function* gatewayChecks(session: Session): AsyncGenerator<Check> {
  const { client, signal, messages: m } = session;
  try {
    const { checks } = await client.call(getHealth, { signal });
    for (const check of checks) {
      const { detail, advice } = healthText(check, wordsLanguage(m));
      yield { name: healthNames[check.name], status: check.status, detail, fix: advice };
    }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    yield await store(session);
    const isUnseen = error.status === 401 || error.status === 403;
    const status = isUnseen ? "warning" : "failed";
    yield { name: "runner", status, detail: error.message, fix: m.fixMayRead };
  }
}

/** Health answers 503 when the disk is low, with the same document. */
async function store({ fetch: send, gateway, signal, messages: m }: Session): Promise<Check> {
  const response = await send(`${gateway}${health.path}`, { signal });
  const seen = z.looseObject({ disk: z.string().default("ok") }).safeParse(await response.json());
  const disk = seen.success ? seen.data.disk : "ok";
  if (disk === "ok") return { name: "store", status: "ok", detail: m.storeHasRoom, fix: null };
  const detail = disk === "low" ? m.storeLow : m.storeSpent;
  return { name: "store", status: "failed", detail, fix: m.fixStore };
}
