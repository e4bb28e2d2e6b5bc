import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findEngine } from "./docker-engine.ts";
import { addTally, emptyTally, summaryLine, type Tally, tallyOf } from "./report.ts";
import { runStep, type StepEnd } from "./step.ts";

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const bin = join(root, "node_modules/.bin");
const minute = 60_000;

process.chdir(root);
const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };

/** Runs one vitest project and reads its report; a run without a report counts as one failure. */
async function runProject(
  name: string,
  project: string,
  own: NodeJS.ProcessEnv,
  mostMs: number,
): Promise<{ end: StepEnd; tally: Tally }> {
  const folder = mkdtempSync(join(tmpdir(), "pulse-report-"));
  const report = join(folder, "report.json");
  const vitest = [process.execPath, join(root, "node_modules/vitest/vitest.mjs")];
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const end = await runStep(
      name,
      [...vitest, "run", "--project", project, ...reporters],
      { ...env, ...own },
      mostMs,
    );
    const tally = existsSync(report) ? tallyOf(JSON.parse(readFileSync(report, "utf8")), root) : emptyTally();
    return { end, tally };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says before the tests which of them have what they need, so that a skip is never a surprise. */
async function announceEngine(): Promise<StepEnd> {
  const engine = await findEngine();
  const required = env.PULSE_E2E_DOCKER === "required";
  if (engine !== null) process.stdout.write(`Docker engine at ${engine}: container tests run.\n`);
  else process.stdout.write("No Docker engine answers: container tests are skipped.\n");
  const failure = engine === null && required ? "PULSE_E2E_DOCKER=required, but none answers" : null;
  return { name: "Docker engine", failure };
}

const ends: StepEnd[] = [await announceEngine()];
ends.push(await runStep("lint", [join(bin, "biome"), "check", "--error-on-warnings", "."], env, 5 * minute));
const projects = [".", "gateway/tsconfig.core.json", "dashboard", "dashboard/tsconfig.test.json"];
for (const project of projects) {
  ends.push(await runStep(`types (${project})`, [join(bin, "tsc"), "-p", project], env, 5 * minute));
}
ends.push(await runStep("size of the Worker", [process.execPath, ".ci/worker-size.ts"], env, 2 * minute));
ends.push(
  await runStep("size of the dashboard", [process.execPath, ".ci/dashboard-size.ts"], env, 2 * minute),
);
// Installs what it is made with from its own lock file; what comes of it is checked as it ends.
const site = ["npx", "-y", "pnpm@12.21.0", "run", "docs:build"];
ends.push(await runStep("documentation site", site, env, 5 * minute));

// Its own count is in its lines. On an idle machine with two cores it takes two minutes.
const simulation = [process.execPath, "sim/main.ts", "--seeds", "2000"];
ends.push(await runStep("simulation of 2000 seeds", simulation, env, 20 * minute));

let tally = emptyTally();
/** Steps whose failure the tally already shows. */
const explained: string[] = [];
for (const [name, project, own, mostMs] of [
  ["unit side by side", "unit", { PULSE_UNIT_LANE: "side by side" }, 30 * minute],
  ["unit alone", "unit", { PULSE_UNIT_LANE: "alone" }, 30 * minute],
  ["e2e side by side", "e2e", { PULSE_E2E_LANE: "side by side" }, 40 * minute],
  ["e2e in browsers side by side", "e2e", { PULSE_E2E_LANE: "browsers side by side" }, 30 * minute],
  ["e2e alone", "e2e", { PULSE_E2E_LANE: "alone" }, 35 * minute],
] as const) {
  const run = await runProject(name, project, own, mostMs);
  ends.push(run.end);
  tally = addTally(tally, run.tally);
  if (run.tally.failed.length > 0) explained.push(name);
}
// A check that failed, or a run that broke without a failed test (a crash, no report), must not look whole.
for (const { name, failure } of ends) {
  if (failure !== null && !explained.includes(name)) tally.failed.push(`${name}: ${failure}`);
}

process.stdout.write("\n");
for (const name of tally.skipped) process.stdout.write(`skipped: ${name}\n`);
for (const name of tally.failed) process.stdout.write(`FAILED: ${name}\n`);
process.stdout.write(`${summaryLine(tally)}\n`);
// pnpm adds lines of its own after a failure, so `.ci/run` is handed the summary apart.
if (env.PULSE_CI_SUMMARY) writeFileSync(env.PULSE_CI_SUMMARY, `${summaryLine(tally)}\n`);
process.exitCode = tally.failed.length > 0 ? 1 : 0;
