import { mkdirSync } from "node:fs";
import { ProblemError } from "@pulse/schema/problem";
import { readGatewayConfig } from "../../config.ts";
import { openDatabase, unwatched } from "./database.ts";
import { lockFolder } from "./lock.ts";
import { said } from "./said.ts";

/** `pulse migrate`: brings the database of the data folder up to date and ends. */
try {
  const { dataDir } = readGatewayConfig(process.env);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(dataDir);
  try {
    const onBackup = ({ file }: { file: string }) =>
      process.stdout.write(`the database was copied to ${file} before\n`);
    (await openDatabase(dataDir, { ...unwatched, onBackup })).close();
  } finally {
    unlock();
  }
  process.stdout.write(`the database in ${dataDir} is up to date\n`);
} catch (error) {
  process.stderr.write(said(error));
  process.exitCode = error instanceof ProblemError && error.code === "conflict" ? 5 : 1;
}
