import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const aliasMost = 63;
const prefix = "preview-";

/** The branch of the checkout that a folder is in; null: it is in none, or no branch is checked out. Worktrees count. */
export function branchOf(dir: string): string | null {
  for (let at = resolve(dir); ; at = dirname(at)) {
    const head = headOf(join(at, ".git"));
    if (head !== null) return /^ref: refs\/heads\/(.+)$/.exec(head.trim())?.[1] ?? null;
    if (dirname(at) === at) return null;
  }
}

function headOf(place: string): string | null {
  const direct = textOf(join(place, "HEAD"));
  if (direct !== null) return direct;
  // A worktree, or a submodule, has a file that says where its own folder is.
  const elsewhere = /^gitdir: (.+)$/m.exec(textOf(place) ?? "")?.[1];
  return elsewhere === undefined ? null : textOf(join(resolve(dirname(place), elsewhere.trim()), "HEAD"));
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // What is no file there, or may not be read, says nothing.
    return null;
  }
}

/** The alias of a branch's preview, `preview-fix-login` of `fix/Login`; null: nothing of the name can stand in an alias. A long one ends in a digest, so that two do not meet. */
export function previewAlias(branch: string): string | null {
  const slug = branch
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "");
  if (slug === "") return null;
  const alias = prefix + slug;
  if (alias.length <= aliasMost) return alias;
  const digest = createHash("sha256").update(branch).digest("hex").slice(0, 6);
  return `${alias.slice(0, aliasMost - 7).replace(/[-_]+$/, "")}-${digest}`;
}
