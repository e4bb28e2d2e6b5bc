import { pulseVersion } from "@pulse/schema/version";
import type { Command } from "commander";
import { type Check, checks } from "../doctor/checks.ts";
import { exitCodes } from "../exit-codes.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";

/** Adds `doctor`: each check in words with what to do; exits with 20 when one failed. */
export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("check gateway, versions, clock, key, runners, runtimes, Docker and Python")
    .action(
      run(async (session) => {
        await tell(session, checks(session, pulseVersion));
      }),
    );
}

/** Prints checks as they stand, each with what to do; the exit code tells whether one failed. */
export async function tell(
  { answer, colours, messages }: Session,
  checking: AsyncIterable<Check>,
): Promise<void> {
  const found: Check[] = [];
  for await (const check of checking) found.push(check);
  const isWell = found.every(({ status }) => status !== "failed");
  if (!isWell) process.exitCode = exitCodes.differences;
  const marks = { ok: colours.green("✓"), warning: colours.yellow("!"), failed: colours.red("✗") };
  const width = Math.max(...found.map(({ name }) => messages[`check_${name}`].length));
  const lines = found.flatMap(({ name, status, detail, fix }) => [
    `${marks[status]} ${messages[`check_${name}`].padEnd(width)} ${detail}`,
    ...(fix === null ? [] : [`${" ".repeat(width + 3)}→ ${fix}`]),
  ]);
  const warnings = found.filter(({ status }) => status === "warning").length;
  const end = !isWell
    ? messages.unhealthy
    : warnings === 0
      ? messages.healthy
      : fill(messages.workable, { count: warnings });
  answer({ ok: isWell, checks: found }, () => [...lines, end].join("\n"));
}
