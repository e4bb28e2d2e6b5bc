import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { run } from "../session.ts";
import { endOf } from "./child.ts";

const platforms = new URL("../../../gateway/src/platform/", import.meta.url);
const ofFolder = fileURLToPath(new URL("node/migrate.ts", platforms));
const ofRemote = fileURLToPath(new URL("workers/migrate-main.ts", platforms));

/** Adds `migrate`. */
export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("bring the database of PULSE_DATABASE_URL, else of PULSE_DATA_DIR, up to date")
    .action(
      run(async ({ json, answer }) => {
        const entry = process.env.PULSE_DATABASE_URL ? ofRemote : ofFolder;
        process.exitCode = await endOf([entry], process.env, json ? process.stderr.fd : "inherit");
        if (json && process.exitCode === 0) answer({ migrated: true }, () => "");
      }),
    );
}
