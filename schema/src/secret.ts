import * as z from "zod";

/** Bytes of UTF-8 that a secret's value may have. */
export const secretMostBytes = 32 * 1024;
/** Bytes that all secrets of one job may have together, as JSON: they enter a sandbox in one frame. */
export const secretsMostBytes = 48 * 1024;
/** Values with fewer characters are not masked in logs: they would hide ordinary words. */
export const maskedLeastChars = 4;

/** The name of a secret, and of the variable that a function finds it under. */
export const secretName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    "must be a name as of an environment variable: up to 128 letters, digits and _, not starting with a digit",
  );

const vaultPattern = /^vault:([A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*)(?:#([^\s#]{1,128}))?$/;
const defaultField = "value";

/** A field of a secret that a runner's own HashiCorp Vault (KV, version 2) keeps. */
export interface VaultReference {
  /** Below the mount, such as `teams/billing/database`. */
  path: string;
  field: string;
}

/** `vault:path#field` taken apart; null: it is none. Without a field it is `value`. */
export function readVaultReference(text: string): VaultReference | null {
  const [, path, field = defaultField] = vaultPattern.exec(text) ?? [];
  if (path === undefined || text.length > 512 || path.split("/").some((part) => /^\.+$/.test(part)))
    return null;
  return { path, field };
}

const reference = z.string().superRefine((text, context) => {
  if (text.startsWith("vault:") ? readVaultReference(text) !== null : secretName.safeParse(text).success)
    return;
  const message = `must be the name of a secret or a reference such as vault:teams/billing#password, got ${JSON.stringify(text)}`;
  context.addIssue({ code: "custom", message });
});

/** Which secrets a function is given: their names, or by the variable's name the secret's name or a reference to the runner's Vault. */
export const secretSettings = z.union([
  z.array(secretName).max(100),
  z
    .record(secretName, reference)
    .refine((given) => Object.keys(given).length <= 100, "must be at most 100 secrets"),
]);
export type SecretSettings = z.output<typeof secretSettings>;

/** What a function is given, by the name of the variable. */
export interface WantedSecrets {
  /** Names of the project's secrets. */
  stored: [variable: string, name: string][];
  vault: [variable: string, reference: VaultReference][];
}

/** Takes the settings apart by where the values come from. */
export function wantedSecrets(settings: SecretSettings | undefined): WantedSecrets {
  const wanted: WantedSecrets = { stored: [], vault: [] };
  if (settings === undefined) return wanted;
  const named = Array.isArray(settings)
    ? settings.map((name) => [name, name] as const)
    : Object.entries(settings);
  for (const [variable, text] of named) {
    const found = readVaultReference(text);
    if (found === null) wanted.stored.push([variable, text]);
    else wanted.vault.push([variable, found]);
  }
  return wanted;
}
