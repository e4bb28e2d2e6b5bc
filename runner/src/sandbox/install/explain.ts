import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CallError } from "../outcome.ts";
import { type InstallLimits, sizeLimitWords } from "./limits.ts";
import { type InstallPlan, lineOf } from "./plan.ts";

/** How an install ended that did not succeed. */
export interface FailedInstall {
  code: number | null;
  signal: string | null;
  outOfMemory: boolean;
  timedOut: boolean;
  /** The last lines of its log. */
  said: readonly string[];
}

const patterns: readonly [
  RegExp,
  (found: RegExpExecArray) => { words: string; about?: string | undefined },
][] = [
  [
    /'(@?[^@'\s]+)@([^']*)' is not in (?:this|the npm) registry/,
    ([, name = ""]) => ({ words: `the registry has no package ${name}`, about: name }),
  ],
  [
    /404 .*?-\s*GET \S+\/(@[^/\s]+(?:\/|%2f)[^/\s]+|[^/\s]+)(?:\s|$)/i,
    ([, name = ""]) => ({ words: `the registry has no package ${plain(name)}`, about: plain(name) }),
  ],
  [
    /No matching version found for ((?:@[^/\s]+\/)?[^@\s]+)@(\S+?)\.?$/m,
    ([, name = "", range = ""]) => ({
      words: `the registry has no version of ${name} that fits ${range}`,
      about: name,
    }),
  ],
  [
    /EINTEGRITY[\s\S]*?(?:integrity checksum failed|when using)/,
    () => ({
      words: "what the registry sent is not what the lock holds: an integrity hash differs",
      about: '"integrity"',
    }),
  ],
  [
    /EUSAGE[\s\S]*?in sync/,
    () => ({ words: "package.json and package-lock.json do not agree: run npm install and deploy both" }),
  ],
  [
    /EBADPLATFORM|Unsupported platform for (\S+)/,
    ([, name]) => ({ words: `${name ?? "a package"} does not run on this platform` }),
  ],
  [
    /No matching distribution found for ([\w.-]+)(\S*)/,
    ([, name = "", range = ""]) => ({
      words: `no wheel of ${name}${range} for this Python is in the index; packages that must be built from source are not installed`,
      about: name,
    }),
  ],
  [
    /DO NOT MATCH THE HASHES[\s\S]*?\n\s+([\w.-]+)==/,
    ([, name = ""]) => ({
      words: `what the index sent for ${name} is not what the lock holds: a hash differs`,
      about: name,
    }),
  ],
  [
    /(\w+) cannot be started: .*ENOENT|No module named (pip)/,
    ([, npm, pip]) => ({
      words: `the image that runs the code has no ${npm ?? pip}, which installs its dependencies`,
    }),
  ],
  [
    /(?:ResolutionImpossible|conflicting dependencies)/,
    () => ({ words: "no versions of the packages fit one another; the log names which" }),
  ],
  [
    /Invalid requirement: ['"]?(.+?)['"]?(?:: |$)/m,
    ([, text = ""]) => ({ words: `${text} is no requirement`, about: text }),
  ],
];

/** A failed install in words, with the line of the file that asked for it where that can be told. */
export async function explainFailure(
  failed: FailedInstall,
  plan: InstallPlan,
  folder: string,
  limits: InstallLimits,
): Promise<CallError> {
  const { words, about } = reasonOf(failed, limits);
  const place = about === undefined ? null : await placeOf(about, plan, folder);
  return { code: "build_failed", message: words, ...(place ?? {}) };
}

function reasonOf(
  { said, timedOut, outOfMemory, code, signal }: FailedInstall,
  limits: InstallLimits,
): { words: string; about?: string | undefined } {
  if (timedOut)
    return { words: `installing dependencies took longer than ${limits.ms / 1000} s and was ended` };
  if (outOfMemory) return { words: "installing dependencies used more memory than it may" };
  const text = said.join("\n");
  if (/ENOSPC|No space left on device|Errno 28/.test(text)) return { words: sizeLimitWords(limits) };
  for (const [pattern, explain] of patterns) {
    const found = pattern.exec(text);
    if (found !== null) return explain(found);
  }
  const refused = said.findLast((line) => /^egress refused: /.test(line));
  if (refused !== undefined) return { words: `an install reaches its registries only: ${refused}` };
  const last = said.findLast((line) => /error/i.test(line) && !/log of this run|exit code/.test(line));
  const how = code === null ? `was ended by ${signal ?? "the machine"}` : `ended with exit code ${code}`;
  return { words: last === undefined ? `the install ${how}; its output is in the build log` : last };
}

const files = ["package.json", "package-lock.json", "requirements.txt", "pyproject.toml", "uv.lock"];

/** The first file and line of the bundle that names what failed. */
async function placeOf(
  about: string,
  { steps }: InstallPlan,
  folder: string,
): Promise<{ file: string; line: number } | null> {
  const own = "file" in steps ? [steps.file] : [];
  for (const file of [...new Set([...own, ...files])]) {
    const text = await readFile(join(folder, file), "utf8").catch(() => "");
    const line = lineOf(text, file.endsWith(".json") && !about.startsWith('"') ? `"${about}"` : about);
    if (line !== null) return { file, line };
  }
  return null;
}

function plain(name: string): string {
  return name.replace(/%2f/i, "/");
}
