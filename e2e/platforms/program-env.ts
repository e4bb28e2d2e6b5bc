import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;

/** Where our programs are that were made before the tests: JSON, the path of each by the path of its source. */
export const programsVariable = "PULSE_E2E_PROGRAMS";

/**
 * What every program that a test starts finds in its environment: the way to other programs, what Node has compiled of ours before, and, for scripts
 * that start programs themselves, where those are.
 */
export function programEnv(): { PATH: string; NODE_COMPILE_CACHE?: string } {
  const { PATH = "", ...others } = process.env;
  const passed = ["NODE_COMPILE_CACHE", programsVariable].flatMap((name) =>
    others[name] === undefined ? [] : [[name, others[name]]],
  );
  return { PATH, ...Object.fromEntries(passed) };
}

/** The path of one of our programs by that of its source in the repository: as it was made, else the source. */
export function programPath(entry: string): string {
  const made: Record<string, string> = JSON.parse(process.env[programsVariable] ?? "{}");
  return made[entry] ?? join(root, entry);
}
