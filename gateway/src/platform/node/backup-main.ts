import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ProblemError } from "@pulse/schema/problem";
import { readGatewayConfig } from "../../config.ts";
import { createBackup, restoreBackup, verifyBackup } from "./backup.ts";
import { leaveAuditEntry } from "./backup-audit.ts";
import type { BackupReport } from "./backup-content.ts";
import { said } from "./said.ts";

const exitCodes: Readonly<Record<string, number>> = { not_found: 4, conflict: 5, validation_failed: 6 };

/** `pulse backup create|restore|verify`: works on the data folder of this machine, in a process of its own. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      to: { type: "string" },
      force: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const [verb, file = ""] = positionals;
  const answer = (report: BackupReport & { keptIn?: string | null }, text: string) =>
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${text}\n`);
  if (verb === "verify") {
    const report = await verifyBackup(file);
    answer(report, `${file} is whole: ${shown(report)}`);
    return;
  }
  if (process.env.PULSE_DATABASE_URL) {
    throw new ProblemError(
      "conflict",
      "PULSE_DATABASE_URL names a remote database, whose own backups are the ones to use",
      { hint: "Unset it to work on the data folder of a gateway with a file (PULSE_DATA_DIR)." },
    );
  }
  const { dataDir } = readGatewayConfig(process.env);
  if (verb === "create") {
    const stamp = new Date().toISOString().replaceAll(/[-:]|\..*/g, "");
    const to = values.to ?? `pulse-backup-${stamp}.tar`;
    const report = await createBackup(resolve(dataDir), to);
    await leaveAuditEntry(resolve(dataDir), "backup.create", { functions: report.functions });
    answer(report, `${to}: ${shown(report)}`);
    return;
  }
  const report = await restoreBackup(file, resolve(dataDir), values.force);
  await leaveAuditEntry(resolve(dataDir), "backup.restore", { of: report.createdAt });
  const kept = report.keptIn === null ? "" : `\nwhat was there is in ${report.keptIn}`;
  answer(report, `${dataDir} is as it was at ${report.createdAt}: ${shown(report)}${kept}`);
}

function shown({ createdAt, databaseBytes, blobs, blobBytes, missing, executions, functions }: BackupReport) {
  const mib = ((databaseBytes + blobBytes) / 2 ** 20).toFixed(1);
  const gone = missing === 0 ? "" : `, ${missing} contents were missing already`;
  return `${createdAt}, ${functions} functions, ${executions} executions, ${blobs} contents, ${mib} MiB${gone}`;
}

await main().catch((error: unknown) => {
  process.stderr.write(said(error));
  process.exitCode = error instanceof ProblemError ? (exitCodes[error.code] ?? 1) : 1;
});
