import type { GitHost } from "@pulse/schema/git-hosts";
import { ProblemError } from "@pulse/schema/problem";

/** Where the end of a branch is had as a tar.gz, and with which headers. */
export interface ArchiveRequest {
  url: string;
  headers: [string, string][];
}

/** What is asked for a branch of a repository. `token` opens one that is not open to everybody. Throws `validation_failed` for a path that stands for no text. */
export function archiveRequest(
  { host, repository, branch }: { host: GitHost; repository: string; branch: string },
  token: string | null,
): ArchiveRequest {
  const { origin, pathname, hostname } = new URL(repository);
  const path = pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  const parts = path.split("/").filter((part) => part !== "");
  const ref = branch.split("/").map(encodeURIComponent).join("/");
  const name = parts.slice(-2).join("/");
  // What stands before the two last parts is where the host itself lies.
  const base = [origin, ...parts.slice(0, -2)].join("/");
  switch (host) {
    case "github": {
      // Without a token the pages of the host are asked: its API takes few calls of those it does not know.
      if (token === null) {
        return { url: `${base}/${name}/archive/refs/heads/${ref}.tar.gz`, headers: [] };
      }
      const api = hostname === "github.com" ? "https://api.github.com" : `${base}/api/v3`;
      const accept: [string, string] = ["accept", "application/vnd.github+json"];
      return { url: `${api}/repos/${name}/tarball/${ref}`, headers: [accept, bearer(token)] };
    }
    case "gitlab": {
      // Groups lie in groups, so that the whole path is the project.
      const project = encodeURIComponent(decoded(parts.join("/")));
      const url = `${origin}/api/v4/projects/${project}/repository/archive.tar.gz?sha=${encodeURIComponent(branch)}`;
      return { url, headers: token === null ? [] : [["private-token", token]] };
    }
    case "gitea":
    case "forgejo": {
      const url = `${base}/api/v1/repos/${name}/archive/${ref}.tar.gz`;
      return { url, headers: token === null ? [] : [["authorization", `token ${token}`]] };
    }
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    const shown = JSON.stringify(path.slice(0, 200));
    const detail = `/repository: a % in it must stand before two hex digits of UTF-8, and a % itself is written %25, got ${shown}`;
    throw new ProblemError("validation_failed", detail, {
      ...{ errors: [{ pointer: "/repository", detail }], cause },
    });
  }
}

function bearer(token: string): [string, string] {
  return ["authorization", `Bearer ${token}`];
}
