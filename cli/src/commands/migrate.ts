import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { run } from "../session.ts";
import { endOf } from "./child.ts";

const platforms = new URL("../../../gateway/src/platform/", import.meta.url);
const ofFolder = fileURLToPath(new URL("node/migrate.ts", platforms));
const ofRemote = fileURLToPath(new URL("workers/migrate-main.ts", platforms));

interface Options {
  copyTo: string;
  withoutCopy?: boolean;
}

/** Adds `migrate`. */
export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("bring the database of PULSE_DATABASE_URL, else of PULSE_DATA_DIR, up to date")
    .option("--copy-to <folder>", "where a remote database that has something is copied to before", "backups")
    .option("--without-copy", "make no copy of a remote database: it was backed up some other way")
    .action(
      run(async ({ json, answer }, command) => {
        const { copyTo, withoutCopy } = command.opts<Options>();
        const isRemote = Boolean(process.env.PULSE_DATABASE_URL);
        const copy = withoutCopy ? ["--without-copy"] : ["--copy-to", copyTo];
        const args = isRemote ? [ofRemote, ...copy] : [ofFolder];
        process.exitCode = await endOf(args, process.env, json ? process.stderr.fd : "inherit");
        if (json && process.exitCode === 0) answer({ migrated: true }, () => "");
      }),
    );
}
