import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import type { Check } from "./checks.ts";

const entry = fileURLToPath(new URL("../../../runner/src/policy/policy-main.ts", import.meta.url));
const told = z.object({
  path: z.string().nullable(),
  fault: z.string().nullable(),
  allows: z.array(z.string()),
});

/** What the policy file of this machine (`PULSE_POLICY`) lets a gateway do with it, as the runner itself reads it. */
export async function policyCheck(signal: AbortSignal, m: Messages): Promise<Check> {
  const { stdout } = await promisify(execFile)(process.execPath, [entry], { signal });
  const { path, fault, allows } = told.parse(JSON.parse(stdout));
  if (path === null) return { name: "policy", status: "ok", detail: m.noPolicy, fix: null };
  if (fault !== null) return { name: "policy", status: "failed", detail: fault, fix: m.fixPolicy };
  const restrictions = allows.length === 0 ? m.policyOpen : allows.join("; ");
  return {
    name: "policy",
    status: "ok",
    detail: fill(m.policyIs, { path, restrictions }),
    fix: null,
  };
}
