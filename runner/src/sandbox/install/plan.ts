import type { Language } from "@pulse/schema/wire/manifest";
import { CodeError } from "../bundle.ts";

/** What a version's dependencies are and what pins them. */
export interface InstallPlan {
  runtime: Language;
  /** Same text, same packages. */
  lock: string;
  /** Where they stand beside the code, and the first part of every name in their archive. */
  placed: "node_modules" | ".deps";
  /** What is said of it first in the log. */
  words: string;
  /** `host:port` of registries that the bundle names besides the operator's. */
  hosts: readonly string[];
  /** What the bundle itself holds of credentials, so that no log shows it. */
  credentials: readonly string[];
  /** Files that stand in place of the bundle's, for the installer alone. */
  files: Readonly<Record<string, string>>;
  /** How the installer goes about it; reaches it as JSON. */
  steps: NpmSteps | PipSteps;
}

/** What `inside/install-npm.mjs` does. */
export interface NpmSteps {
  /** `ci` takes the lock as it is, `install` makes one. */
  command: "ci" | "install";
  /** Packages whose install scripts run afterwards, without credentials. */
  rebuild: readonly string[];
}

/** What `inside/install-pip.py` does. */
export interface PipSteps {
  from: "requirements" | "uv" | "pyproject" | "script";
  file: string;
}

/** A dependency that is refused before anything is installed. */
export function refusedDependency(message: string, file: string, line: number | null): CodeError {
  const where = line === null ? { file } : { file, line };
  return new CodeError({ code: "build_failed", message, ...where });
}

/** The `host:port` of a registry's address, or null for what is none. */
export function hostOf(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, hostname, port } = new URL(address);
  if (protocol !== "https:" && protocol !== "http:") return null;
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** The number of the first line with this text, from 1; null when there is none. */
export function lineOf(text: string, part: string): number | null {
  const at = text.indexOf(part);
  return at < 0 ? null : text.slice(0, at).split("\n").length;
}
