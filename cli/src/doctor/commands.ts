import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import type { Check } from "./checks.ts";

const entry = fileURLToPath(new URL("../../../runner/src/shell/commands-main.ts", import.meta.url));
const told = z.object({
  mode: z.enum(["deny", "allowlist", "allow"]),
  fault: z.string().nullable(),
  user: z.string(),
  folder: z.string(),
  described: z.array(z.object({ name: z.string(), fault: z.string().nullable() })),
  shells: z.array(z.string()),
  requests: z.array(z.union([z.string(), z.array(z.string())])),
});

/** What commands and requests a runner of this machine takes (`PULSE_COMMANDS`, `PULSE_REQUESTS`, `PULSE_POLICY`), those that the machine describes, and its shells; as the runner itself reads it. */
export async function commandsCheck(signal: AbortSignal, m: Messages): Promise<Check> {
  const { stdout } = await promisify(execFile)(process.execPath, [entry], { signal });
  return commandsVerdict(told.parse(JSON.parse(stdout)), m);
}

/** What is to be said of a machine's commands. */
export function commandsVerdict(seen: z.output<typeof told>, m: Messages): Check {
  const { mode, fault, user, folder, described, shells } = seen;
  if (fault !== null) return check("failed", fault, m.fixPolicy);
  const places = placesOf(seen.requests);
  const requests =
    places === null ? "" : `; ${fill(places === "any" ? m.requestsAny : m.requestsTo, { places })}`;
  if (mode === "deny") return check("ok", `${m.commandsDeny}${requests}`, null);
  const names = described.flatMap((one) => (one.fault === null ? [one.name] : []));
  const own = fill(names.length === 0 ? m.commandsNone : m.commandsDescribed, {
    ...{ folder, names: names.join(", ") },
  });
  const free = fill(m.commandsAllow, { user, shells: shells.join(", ") });
  const detail = `${mode === "allow" ? free : m.commandsAllowlist}; ${own}${requests}`;
  const broken = described.find((one) => one.fault !== null);
  if (broken !== undefined) return check("warning", `${detail}; ${broken.fault}`, m.fixDescribed);
  if (mode === "allow" && user === "root") return check("warning", detail, m.fixRootCommands);
  if (mode === "allowlist" && names.length === 0) return check("warning", detail, m.fixNoneDescribed);
  return check("ok", detail, null);
}

/** Where requests may go, in words; null: nowhere. */
function placesOf(reaches: readonly (string | string[])[]): string | null {
  if (reaches.some((reach) => reach === "none" || reach.length === 0)) return null;
  const lists = reaches.flatMap((reach) => (typeof reach === "string" ? [] : [reach.join(", ")]));
  return lists.length === 0 ? "any" : lists.join(" & ");
}

function check(status: Check["status"], detail: string, fix: string | null): Check {
  return { name: "commands", status, detail, fix };
}
