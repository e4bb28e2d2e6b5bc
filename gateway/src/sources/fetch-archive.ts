import { ProblemError } from "@pulse/schema/problem";
import { type BundleFile, readTar } from "../functions/tar.ts";
import { safeFetch } from "../outbound/safe-fetch.ts";
import type { Ports } from "../ports.ts";
import { openSecrets } from "../secrets/vault.ts";
import { archiveRequest } from "./archive-request.ts";
import type { SourceRow } from "./store.ts";

/** What was at the end of a branch. */
export interface Archive {
  /** Paths from the top of the repository. */
  files: BundleFile[];
  /** Null: the archive does not say. */
  commit: string | null;
}

/** What an archive has at most: bytes as it comes and unpacked, and files. */
export const archiveMost = { packed: 16 * 2 ** 20, unpacked: 48 * 2 ** 20, files: 10_000 };
const timeoutMs = 60_000;

type FetchPorts = Pick<Ports, "outbound" | "gunzip" | "database" | "now" | "random" | "masterKeys">;

/** A fault of reading a repository that may be gone the next time. */
export class PassingFault extends ProblemError {
  constructor(detail: string) {
    super("repository_unreadable", detail);
  }
}

/** Fetches what is at the end of a source's branch. Throws `repository_unreadable`, `url_not_allowed`, `invalid_bundle`. */
export async function fetchArchive(
  ports: FetchPorts,
  source: Pick<SourceRow, "project" | "host" | "repository" | "branch" | "token">,
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
  const tar = await ports.gunzip(body, archiveMost.unpacked).catch((cause: unknown) => {
    throw new ProblemError(
      "repository_unreadable",
      `what ${where} sent is no tar.gz, or unpacks to more than ${archiveMost.unpacked / 2 ** 20} MiB`,
      { cause },
    );
  });
  return readArchive(new Uint8Array(tar));
}

/** Reads a tar as `git archive` and the hosts make it: everything in one folder, the commit before it. Throws `invalid_bundle`. */
export function readArchive(tar: Uint8Array<ArrayBuffer>): Archive {
  let commit: string | null = null;
  const files = readTar(tar, {
    skipsOthers: true,
    filesMost: archiveMost.files,
    onGlobal(records) {
      commit = /^\d+ comment=([0-9a-f]{40}|[0-9a-f]{64})$/m.exec(records)?.[1] ?? commit;
    },
  });
  const below = files.flatMap(({ path, content }) => {
    const [, ...rest] = path.split("/");
    return rest.length === 0 ? [] : [{ path: rest.join("/"), content }];
  });
  return { files: below, commit };
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

function tooLarge(detail: string): ProblemError {
  return new ProblemError("repository_unreadable", `the archive of the repository ${detail}`, {
    hint: "pulse apply in a pipeline has no such limit",
  });
}
