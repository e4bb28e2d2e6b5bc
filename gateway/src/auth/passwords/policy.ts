import { ProblemError } from "@pulse/schema/problem";
import type { HttpConfig } from "../../http/context.ts";
import { sha256Hex } from "../../http/encoding.ts";
import type { Ports } from "../../ports.ts";
import { commonPasswords } from "./most-used.ts";

/** What passwords need of the platform. */
export type HashPorts = Pick<Ports, "scrypt" | "random">;

const shortest = 10;
const longest = 128;
const fewestDifferent = 5;
const askedMs = 3000;

let known: ReadonlySet<string> | null = null;

function isListed(digest: string): boolean {
  known ??= new Set(Uint8Array.fromBase64(commonPasswords).toHex().match(/.{8}/g));
  return known.has(digest.slice(0, 8));
}

/**
 * Throws `validation_failed` for a password that would be guessed: under ten characters, almost all the same, the person's own name, among the most
 * used, or known from a leak to the range service, where one is set up. Which characters it is made of is the person's choice.
 */
export async function checkNewPassword(
  ports: Pick<Ports, "log">,
  config: Pick<HttpConfig, "breachCheckUrl">,
  password: string,
  username: string,
): Promise<void> {
  const fault = faultOf(password, username) ?? (await listFault(password));
  if (fault !== null) throw refused(fault);
  if (config.breachCheckUrl === undefined) return;
  const times = await timesLeaked(ports, config.breachCheckUrl, password);
  if (times > 0) throw refused(`was seen in leaks ${times} times: take another one`);
}

/** What is wrong with a password by itself; null: nothing. */
export function faultOf(password: string, username: string): string | null {
  const characters = [...password];
  if (characters.length < shortest) return `must have at least ${shortest} characters`;
  if (characters.length > longest) return `must have at most ${longest} characters`;
  if (new Set(characters).size < fewestDifferent)
    return "must not be the same few characters again and again";
  const plain = password.toLowerCase();
  if (username.length > 3 && plain.includes(username)) return "must not contain the username";
  const codes = characters.map((one) => one.charCodeAt(0));
  if (codes.every((code, at) => at === 0 || Math.abs(code - (codes[at - 1] ?? 0)) === 1)) {
    return "must not be a run of neighbours such as abcdefghij";
  }
  return null;
}

async function listFault(password: string): Promise<string | null> {
  return isListed(await sha256Hex(password.toLowerCase()))
    ? "is among the most used: take another one"
    : null;
}

function refused(fault: string): ProblemError {
  const errors = [{ pointer: "/password", detail: fault }];
  return new ProblemError("validation_failed", `the password ${fault}`, { errors });
}

/** How often a leak had it. Only the first five digits of its SHA-1 leave the gateway; a service that does not answer stops nobody. */
async function timesLeaked(ports: Pick<Ports, "log">, url: string, password: string): Promise<number> {
  const bytes = new TextEncoder().encode(password);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toHex().toUpperCase();
  try {
    const asked = `${url.replace(/\/$/, "")}/${digest.slice(0, 5)}`;
    const response = await fetch(asked, {
      headers: { "add-padding": "true" },
      signal: AbortSignal.timeout(askedMs),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const line = (await response.text()).split("\n").find((one) => one.startsWith(`${digest.slice(5)}:`));
    return Number(line?.split(":")[1]?.trim() ?? 0);
  } catch (cause) {
    ports.log.warn("the service of leaked passwords was not asked", { why: String(cause) });
    return 0;
  }
}
