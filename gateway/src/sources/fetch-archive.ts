import { ProblemError } from "@pulse/schema/problem";
import { safeFetch } from "../outbound/safe-fetch.ts";
import type { Ports } from "../ports.ts";
import { openSecrets } from "../secrets/vault.ts";
import { archiveRequest } from "./archive-request.ts";
import { type Archive, archiveMost, openArchive, tooLarge } from "./open-archive.ts";
import type { SourceRow } from "./store.ts";

const timeoutMs = 60_000;

type FetchPorts = Pick<Ports, "outbound" | "database" | "now" | "random" | "masterKeys">;

/** A fault of reading a repository that may be gone the next time. */
export class PassingFault extends ProblemError {
  constructor(detail: string) {
    super("repository_unreadable", detail);
  }
}

/** Fetches what the folder of a source says at the end of its branch. Throws `repository_unreadable`, `url_not_allowed`, `invalid_bundle`. */
export async function fetchArchive(
  ports: FetchPorts,
  source: Pick<SourceRow, "project" | "host" | "repository" | "branch" | "token" | "folder">,
  signal: AbortSignal,
): Promise<Archive> {
  const { url, headers } = archiveRequest(source, await tokenOf(ports, source));
  const sent = [...headers, ["user-agent", "pulse"] as const];
  const asked = { url, method: "GET", headers: sent, body: null, timeoutMs };
  const limits = { readMost: archiveMost.packed, redirectsMost: 3 };
  const answer = await safeFetch(ports.outbound, { ...asked, ...limits }, signal);
  const where = new URL(url).host;
  if (!answer.answered) throw new PassingFault(`${where} was asked for the archive: ${answer.detail}`);
  const { status, body, isCut } = answer;
  if (status >= 500 || status === 429)
    throw new PassingFault(`${where} answered ${status} instead of the archive`);
  if (status !== 200) throw refused(where, status, source);
  if (isCut) throw tooLarge(`has more than ${archiveMost.packed / 2 ** 20} MiB`);
  return await openArchive(body, source.folder, where);
}

async function tokenOf(
  ports: FetchPorts,
  { project, token }: Pick<SourceRow, "project" | "token">,
): Promise<string | null> {
  if (token === null) return null;
  const opened = await openSecrets(ports, { project, kind: "user", names: [token] });
  const value = opened.values.get(token)?.value;
  if (value !== undefined) return value.trim();
  throw new ProblemError("repository_unreadable", opened.faults.get(token)?.detail ?? `no secret ${token}`, {
    hint: `pulse secret set ${token}`,
  });
}

function refused(where: string, status: number, { branch, token }: Pick<SourceRow, "branch" | "token">) {
  const why =
    token === null
      ? "it may not be open to everybody, and then needs a token"
      : `the token in the secret ${token} may not be good for it`;
  return new ProblemError(
    "repository_unreadable",
    `${where} answered ${status} when asked for the branch ${branch}: it may not be there, or ${why}`,
  );
}
