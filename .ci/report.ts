import * as z from "zod";

/** The part of vitest's JSON report that is read here. */
const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** What a set of reports says, by name: `file › test`; of what failed, also why. */
export interface Tally {
  passed: number;
  failed: string[];
  skipped: string[];
}

/** Characters. */
const reasonMost = 600;

/** An empty tally, to add to. */
export function emptyTally(): Tally {
  return { passed: 0, failed: [], skipped: [] };
}

/** Reads one vitest JSON report. A file that failed without a failed test (it did not load, or a hook broke) is a failure by its own name. */
export function tallyOf(report: unknown, root: string): Tally {
  const tally = emptyTally();
  for (const file of vitestReport.parse(report).testResults) {
    const path = file.name.startsWith(root) ? file.name.slice(root.length).replace(/^\//, "") : file.name;
    const failedBefore = tally.failed.length;
    for (const { fullName, status, failureMessages } of file.assertionResults) {
      const name = `${path} › ${fullName}`;
      if (status === "passed") tally.passed += 1;
      else if (status === "failed") tally.failed.push(`${name}${reasonOf(failureMessages?.[0])}`);
      else tally.skipped.push(name);
    }
    if (file.status === "failed" && tally.failed.length === failedBefore)
      tally.failed.push(`${path}${reasonOf(file.message)}`);
  }
  return tally;
}

/** Why a test failed, in one line that follows its name: the message without its stack, of a long one both ends. Empty: nothing was said. */
function reasonOf(message: string | undefined): string {
  const [said = ""] = (message ?? "").split(/\n\s+at /);
  const line = said.replace(/\s+/g, " ").trim();
  if (line === "") return "";
  return `: ${line.length <= reasonMost ? line : `${line.slice(0, reasonMost / 2)} … ${line.slice(-reasonMost / 2)}`}`;
}

/** Both tallies in one. */
export function addTally(one: Tally, other: Tally): Tally {
  return {
    passed: one.passed + other.passed,
    failed: [...one.failed, ...other.failed],
    skipped: [...one.skipped, ...other.skipped],
  };
}

/** The last line of a run: `N passed, N failed`, and `, N skipped` when any were. */
export function summaryLine({ passed, failed, skipped }: Tally): string {
  const end = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  return `${passed} passed, ${failed.length} failed${end}`;
}
