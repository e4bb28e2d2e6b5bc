import { ProblemError } from "@pulse/schema/problem";
import { type SecretSettings, wantedSecrets } from "@pulse/schema/secret";
import type { Ports } from "../ports.ts";
import { createSecretStore } from "./store.ts";

/** Refuses settings that name secrets which the project does not have. Throws `validation_failed`, which names them. */
export async function checkNamedSecrets(
  { database }: Pick<Ports, "database">,
  project: string,
  settings: SecretSettings | undefined,
): Promise<void> {
  const names = wantedSecrets(settings).stored.map(([, name]) => name);
  if (names.length === 0) return;
  const set = await createSecretStore(database).versions(project, names);
  const missing = [...new Set(names.filter((name) => !set.has(name)))];
  if (missing.length === 0) return;
  const detail =
    missing.length === 1
      ? `the secret ${missing[0]} is not set in the project ${project}`
      : `the secrets ${missing.join(", ")} are not set in the project ${project}`;
  throw new ProblemError("validation_failed", detail, {
    errors: [{ pointer: "/settings/secrets", detail }],
    hint: `Set it first: pulse secret set ${missing[0]}`,
  });
}

/** A text that is another once one of the secrets that the settings name is another; undefined: they name none. */
export async function secretsTag(
  { database }: Pick<Ports, "database">,
  project: string,
  settings: SecretSettings | undefined,
): Promise<string | undefined> {
  const names = [...new Set(wantedSecrets(settings).stored.map(([, name]) => name))].sort();
  if (names.length === 0) return undefined;
  const versions = await createSecretStore(database).versions(project, names);
  return names.map((name) => `${name}=${versions.get(name) ?? 0}`).join(" ");
}
