import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { VaultConfig } from "./vault-client.ts";

/** The settings of a runner's own Vault, as its environment has them. */
export const vaultShape = {
  PULSE_VAULT_ADDR: z
    .url({ protocol: /^https?$/ })
    .transform((text) => text.replace(/\/+$/, ""))
    .optional(),
  PULSE_VAULT_MOUNT: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, "must be the path of a KV engine, such as secret")
    .default("secret"),
  PULSE_VAULT_NAMESPACE: z.string().min(1).optional(),
  PULSE_VAULT_TOKEN_FILE: z.string().min(1).optional(),
  PULSE_VAULT_ROLE_ID: z.string().min(1).optional(),
  PULSE_VAULT_SECRET_ID_FILE: z.string().min(1).optional(),
  PULSE_VAULT_CACHE_SECONDS: z.coerce.number().min(0).max(3600).default(30),
} as const;

type Settings = z.output<z.ZodObject<typeof vaultShape>>;

/** What of the settings does not go together; empty: nothing. */
export function vaultFaults(given: Settings): { setting: string; detail: string }[] {
  const byToken = given.PULSE_VAULT_TOKEN_FILE !== undefined;
  const byRole = given.PULSE_VAULT_ROLE_ID !== undefined || given.PULSE_VAULT_SECRET_ID_FILE !== undefined;
  const isWhole = given.PULSE_VAULT_ROLE_ID !== undefined && given.PULSE_VAULT_SECRET_ID_FILE !== undefined;
  if (given.PULSE_VAULT_ADDR === undefined) {
    return byToken || byRole
      ? [{ setting: "PULSE_VAULT_ADDR", detail: "is missing beside the other PULSE_VAULT_ settings" }]
      : [];
  }
  if (byToken && byRole) {
    return [
      { setting: "PULSE_VAULT_TOKEN_FILE", detail: "cannot go together with an AppRole: use one of them" },
    ];
  }
  if (byToken || isWhole) return [];
  const detail = "needs PULSE_VAULT_TOKEN_FILE, or PULSE_VAULT_ROLE_ID and PULSE_VAULT_SECRET_ID_FILE";
  return [{ setting: "PULSE_VAULT_ADDR", detail }];
}

/** How to reach the Vault; null: this runner has none. Credentials are read from their files when they are needed, never kept in the configuration. */
export function vaultConfigOf(given: Settings): VaultConfig | null {
  const address = given.PULSE_VAULT_ADDR;
  if (address === undefined) return null;
  const file = (path: string) => async () => (await readFile(path, "utf8")).trim();
  const {
    PULSE_VAULT_TOKEN_FILE: token,
    PULSE_VAULT_ROLE_ID: roleId = "",
    PULSE_VAULT_SECRET_ID_FILE: secretId = "",
  } = given;
  return {
    address,
    mount: given.PULSE_VAULT_MOUNT,
    namespace: given.PULSE_VAULT_NAMESPACE ?? null,
    login:
      token === undefined
        ? { by: "approle", roleId, secretId: file(secretId) }
        : { by: "token", token: file(token) },
    cacheMs: given.PULSE_VAULT_CACHE_SECONDS * 1000,
  };
}
