import type { ScryptCost } from "../../ports.ts";
import type { HashPorts } from "./policy.ts";

/** 32 MiB and about a third of a second, one of the settings that OWASP's password storage cheat sheet calls equal; small enough for a Worker. */
export const usualCost: ScryptCost = { ln: 15, r: 8, p: 3 };

const saltBytes = 16;
const hashBytes = 32;
const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;
/** Stands in for a hash where there is none, so that looking for somebody who is not here takes as long. */
const nobody = "A".repeat(22);

/** A new hash of a password, in the PHC string format: `$scrypt$ln=15,r=8,p=3$salt$hash`. */
export async function hashPassword(ports: HashPorts, password: string, cost: ScryptCost): Promise<string> {
  const salt = new Uint8Array(ports.random(saltBytes));
  const hash = await ports.scrypt(bytesOf(password), salt, cost, hashBytes);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${toText(salt)}$${toText(hash)}`;
}

/** Whether a password is the one of a hash; for no hash (null) it works as long and says no. `isStale`: hashed at another cost than is usual now. */
export async function checkPassword(
  ports: HashPorts,
  password: string,
  kept: string | null,
  usual: ScryptCost,
): Promise<{ isRight: boolean; isStale: boolean }> {
  const parts = kept === null ? null : form.exec(kept);
  if (kept !== null && parts === null) throw new Error("a password hash of the database is in no known form");
  const [, ln = usual.ln, r = usual.r, p = usual.p, salt = nobody, hash = ""] = parts ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const found = toText(await ports.scrypt(bytesOf(password), Uint8Array.fromBase64(salt), cost, hashBytes));
  const isStale = cost.ln !== usual.ln || cost.r !== usual.r || cost.p !== usual.p;
  return { isRight: sameText(found, hash), isStale };
}

/** Compares in a time that does not tell where the texts differ. */
export function sameText(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ (other.charCodeAt(at) || 0);
  return difference === 0;
}

/** Nothing is cut off; what looks the same on two keyboards is the same (NFKC). */
const bytesOf = (password: string) => new TextEncoder().encode(password.normalize("NFKC"));
const toText = (bytes: Uint8Array) => bytes.toBase64({ omitPadding: true });
