import { putAlias } from "@pulse/schema/wire/function-aliases";
import { getFunction } from "@pulse/schema/wire/functions";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";
import { branchOf, previewAlias } from "./branch.ts";

/** The flags of a deploy that say who meets it, as they were typed. */
export interface AimFlags {
  alias?: string;
  promote?: boolean;
  wait?: boolean;
  canary?: string;
  maxErrorRate?: string;
  minCalls?: string;
  window?: string;
  preview?: string | boolean;
  ttl?: string;
}

/** Who meets what is deployed: the calls of an alias, all of them or a part. */
export interface Aim {
  /** The alias that the deploy itself moves; undefined: what the gateway does unasked. */
  alias: string | undefined;
  ttl: string | undefined;
  /** The part of another alias's calls that it gets once it is built. */
  split: {
    alias: string;
    weight: number;
    guard: { maxErrorRate?: number; minCalls?: number; window?: string };
  } | null;
}

const previewTtl = "14d";

/** Reads the flags for a folder. Throws `UsageError`. */
export function aimOf(session: Session, flags: AimFlags, dir: string): Aim {
  const { messages } = session;
  const refuse = (text: string, values: Record<string, string> = {}) => new UsageError(fill(text, values));
  const { alias, promote, wait, canary, preview, ttl } = flags;
  const number = (flag: string, given: string | undefined): number | undefined => {
    if (given === undefined) return undefined;
    const value = Number(given.replace(/%$/, ""));
    if (given === "" || !Number.isFinite(value) || value <= 0)
      throw refuse(messages.badNumber, { flag, given });
    return value;
  };
  if (canary === undefined && (flags.maxErrorRate ?? flags.minCalls ?? flags.window) !== undefined)
    throw refuse(messages.onlyWithCanary);
  if (preview !== undefined) {
    if (canary !== undefined || alias !== undefined || promote === false) throw refuse(messages.previewAlone);
    const branch = typeof preview === "string" ? preview : branchOf(dir);
    const named = branch === null ? null : previewAlias(branch);
    if (named === null) throw refuse(messages.noBranch, { dir });
    return { alias: named, ttl: ttl ?? previewTtl, split: null };
  }
  if (canary !== undefined) {
    if (promote === false || wait === false || ttl !== undefined) throw refuse(messages.canaryWaits);
    const weight = number("--canary", canary) ?? 0;
    if (!Number.isInteger(weight) || weight > 99)
      throw refuse(messages.badNumber, { flag: "--canary", given: canary });
    const maxErrorRate = number("--max-error-rate", flags.maxErrorRate);
    const minCalls = number("--min-calls", flags.minCalls);
    const guard = {
      ...(maxErrorRate === undefined ? {} : { maxErrorRate }),
      ...(minCalls === undefined ? {} : { minCalls }),
      ...(flags.window === undefined ? {} : { window: flags.window }),
    };
    return { alias: "none", ttl: undefined, split: { alias: alias ?? "live", weight, guard } };
  }
  return { alias: promote === false ? "none" : alias, ttl, split: null };
}

/** Gives a version that is ready its part of an alias's calls, or all of them where the alias stands nowhere. True: it has a part. */
export async function splitTo(
  { client, signal }: Session,
  name: string,
  version: number,
  { alias, weight, guard }: NonNullable<Aim["split"]>,
): Promise<boolean> {
  const { aliases } = await client.call(getFunction, { params: { name }, signal });
  const first = aliases[alias] ?? version;
  const canary = first === version ? {} : { canary: { version, weight, ...guard } };
  await client.call(putAlias, { params: { name, alias }, body: { version: first, ...canary }, signal });
  return first !== version;
}
