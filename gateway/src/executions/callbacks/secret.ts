import { ProblemError } from "@pulse/schema/problem";
import { openSecrets, putFirst, putSecret, type VaultPorts } from "../../secrets/vault.ts";

/** How long callbacks are signed with the secret before, too, after a new one was made. */
const overlapMs = 24 * 3_600_000;
const signing = "signing";
const signingBefore = "signing-before";
const kind = "callbacks";

/** What a project's callbacks are signed with now: the present secret, made when it is first needed, and for a day after that was made the one before. */
export interface SigningSecrets {
  secret: string;
  before: string | null;
}

/** The secrets that a project signs with. Throws `unavailable` when they do not open. */
export async function signingSecrets(ports: VaultPorts, project: string): Promise<SigningSecrets> {
  const read = () => openSecrets(ports, { project, kind, names: [signing, signingBefore] });
  let opened = await read();
  if (opened.faults.get(signing)?.isMissing === true) {
    await putFirst(ports, { project, kind, name: signing }, fresh(ports));
    opened = await read();
  }
  const present = opened.values.get(signing);
  if (present === undefined) throw new ProblemError("unavailable", opened.faults.get(signing)?.detail ?? "");
  const old = opened.values.get(signingBefore);
  const isOverlapping = old !== undefined && ports.now() - old.updatedAt < overlapMs;
  return { secret: present.value, before: isOverlapping ? old.value : null };
}

/** Makes a new secret; the present one signs beside it for a day. */
export async function renewSigningSecret(ports: VaultPorts, project: string): Promise<string> {
  const { secret } = await signingSecrets(ports, project);
  await putSecret(ports, { project, kind, name: signingBefore }, secret);
  const made = fresh(ports);
  await putSecret(ports, { project, kind, name: signing }, made);
  return made;
}

function fresh({ random }: Pick<VaultPorts, "random">): string {
  return `whsec_${random(32).toBase64()}`;
}
