import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FunctionFolder } from "@pulse/schema/apply/function-item";
import { deployProject } from "../commands/deploy.ts";
import type { Project } from "../commands/manifest.ts";
import type { Session } from "../session.ts";

/** A function's folder on this disk. */
export function functionFolder(
  session: Session,
  dir: string,
  project: Project,
): { dir: string } & FunctionFolder {
  const { manifest, sent, paths } = project;
  return {
    ...{ dir, manifest, sent },
    hashes: Object.fromEntries(paths.map((path) => [path, sha256(readFileSync(join(dir, path)))])),
    sha256: async (text) => sha256(text),
    async deploy(message) {
      await deployProject(session, dir, project, { message });
    },
  };
}

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
