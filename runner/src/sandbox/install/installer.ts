import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Language } from "@pulse/schema/wire/manifest";
import type { Archive } from "./archive.ts";
import type { FailedInstall } from "./explain.ts";
import type { InstallLimits } from "./limits.ts";
import type { InstallPlan } from "./plan.ts";
import type { Said } from "./said.ts";

/** One install: what is wanted, and where it goes. */
export interface Installing {
  project: string;
  plan: InstallPlan;
  /** The unpacked bundle, in a folder of the build's own that the install may change. */
  folder: string;
  /** Where the archive is written. */
  archive: string;
  /** The text of an `.npmrc` and an environment, which the process that fetches packages is told and nothing else is. */
  credentials: { npmrc: string; env: Readonly<Record<string, string>> };
  /** The operator's registries, `host:port`. */
  hosts: readonly string[];
  certificates: string | null;
  limits: InstallLimits;
  said: Said;
}

/** Installs packages where they will run, archives them, and leaves nothing else behind. Throws `ArchiveRefused`, and other errors for what is the machine's own. */
export type Installer = (
  install: Installing,
  signal: AbortSignal,
) => Promise<{ archive: Archive } | { failed: Omit<FailedInstall, "said"> }>;

/** The folder of the programs that run where packages are installed. */
export const insideFolder = fileURLToPath(new URL("inside", import.meta.url));

/** The program that installs for a runtime. */
export const programs: Readonly<Record<Language, string>> = {
  typescript: "install-npm.mjs",
  python: "install-pip.py",
};

/** What an installer is told: paths as it sees them, nothing secret. */
export interface Asked {
  /** What is copied to `work` first; null: it stands there. */
  source: string | null;
  work: string;
  proxy: string | null;
  credentials: string;
}

/** Writes what an installer is asked where it finds it; a program is told the path in `PULSE_INSTALL`, for a manifest may be larger than an environment. */
export async function writeAsked(path: string, asked: Asked, { steps, files }: InstallPlan): Promise<void> {
  await writeFile(path, JSON.stringify({ ...asked, steps, files }), { mode: 0o644 });
}
