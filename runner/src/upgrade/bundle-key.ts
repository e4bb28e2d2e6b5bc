import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const publicKey = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string().length(43) });
const saved = z.object({ gateway: z.string(), key: publicKey });
/** The public key by which a gateway signs what it hands out. */
export type BundleKey = z.output<typeof publicKey>;

const pathOf = (stateDir: string) => join(stateDir, "bundle-key.json");

/** The key that was kept of this gateway; null: none. */
export function loadBundleKey(stateDir: string, gateway: string): BundleKey | null {
  if (!existsSync(pathOf(stateDir))) return null;
  const found = saved.parse(JSON.parse(readFileSync(pathOf(stateDir), "utf8")));
  return found.gateway === gateway ? found.key : null;
}

/**
 * Keeps the key that a gateway tells: at the enrolment `anew`, later only where none of that gateway is known, so that whoever speaks in its place cannot have
 * it believe other archives. False: another key is known, and stays. A gateway that tells none is of a version without.
 */
export function pinBundleKey(
  stateDir: string,
  gateway: string,
  told: unknown,
  how: "anew" | "first",
): boolean {
  const { data: key } = publicKey.safeParse(told);
  if (key === undefined) return true;
  const known = loadBundleKey(stateDir, gateway);
  if (known !== null && how === "first") return known.x === key.x;
  const beside = `${pathOf(stateDir)}.tmp`;
  writeFileSync(beside, JSON.stringify({ gateway, key }), { mode: 0o600 });
  renameSync(beside, pathOf(stateDir));
  return true;
}
