import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file of the repository, by its path from the root. */
export interface SourceFile {
  path: string;
  text: string;
}

const root = new URL("..", import.meta.url).pathname;

/** Every text file that git tracks or would track (not ignored), at its present content. */
export function repositoryFiles(): SourceFile[] {
  // In CI the clone may belong to another user than the one who runs the tests.
  const list = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const paths = execFileSync("git", list, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 }).split("\0");
  return paths
    .filter((path) => path !== "" && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .filter(({ text }) => !text.includes("\0"));
}
