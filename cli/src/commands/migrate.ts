import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { run } from "../session.ts";
import { endOf } from "./child.ts";

const entry = fileURLToPath(new URL("../../../gateway/src/platform/node/migrate.ts", import.meta.url));

/** Adds `migrate`. */
export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("bring the database of PULSE_DATA_DIR up to date")
    .action(
      run(async ({ json, answer }) => {
        process.exitCode = await endOf([entry], process.env, json ? process.stderr.fd : "inherit");
        if (json && process.exitCode === 0) answer({ migrated: true }, () => "");
      }),
    );
}
