import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { run } from "../session.ts";
import { endOf } from "./child.ts";

const entry = fileURLToPath(new URL("../../../gateway/src/platform/node/backup-main.ts", import.meta.url));

/** Adds `backup create|restore|verify`, which work on the data folder of this machine. */
export function addBackup(program: Command): void {
  const group = program
    .command("backup")
    .description("backups of the gateway's data folder (PULSE_DATA_DIR)");
  group
    .command("create")
    .description("write a backup, checked; the gateway may go on running")
    .option("--to <file>", "where to; a name with the time in this folder when not given")
    .action(
      run(async ({ json }, command) => {
        const { to } = command.opts<{ to?: string }>();
        await work(["create", ...(to === undefined ? [] : ["--to", to])], json);
      }),
    );
  group
    .command("restore <file>")
    .description("put a backup in the place of the data; the gateway must not be running")
    .option("--force", "also where there is a database, which is kept beside it")
    .action(
      run(async ({ json }, command) => {
        const { force } = command.opts<{ force?: boolean }>();
        await work(["restore", command.args[0] ?? "", ...(force === true ? ["--force"] : [])], json);
      }),
    );
  group
    .command("verify <file>")
    .description("read a backup as a restore would")
    .action(
      run(async ({ json }, { args }) => {
        await work(["verify", args[0] ?? ""], json);
      }),
    );
}

/** The gateway's own program does the work, in a process of its own. */
async function work(args: string[], json: boolean): Promise<void> {
  process.exitCode = await endOf([entry, ...args, ...(json ? ["--json"] : [])], process.env, "inherit");
}
