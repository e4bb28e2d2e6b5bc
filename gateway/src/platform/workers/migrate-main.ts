import { parseArgs } from "node:util";
import { createClient, LibsqlError } from "@libsql/client/web";
import { ProblemError } from "@pulse/schema/problem";
import { copyRemote } from "../node/copy-remote.ts";
import { databaseUrl } from "./bindings.ts";
import { migrateRemote } from "./migrate.ts";

/** What may be said to it. */
interface Told {
  /** Where the migrations are; absent: those of this version. */
  migrations: string | undefined;
  /** The folder that the copy is written into. */
  copyTo: string;
  /** A copy was made some other way. */
  withoutCopy: boolean;
}

/**
 * `pulse migrate` for a remote database: `PULSE_DATABASE_URL`, and `PULSE_DATABASE_TOKEN` where it asks for one. One that has
 * something already is copied into a file here before it is changed.
 */
async function main({ migrations, copyTo, withoutCopy }: Told): Promise<void> {
  const url = databaseUrl.safeParse(process.env.PULSE_DATABASE_URL);
  if (!url.success) {
    const faults = url.error.issues.map(({ message }) => `PULSE_DATABASE_URL ${message}`);
    throw new ProblemError("validation_failed", faults.join("; "));
  }
  const authToken = process.env.PULSE_DATABASE_TOKEN;
  const { host } = new URL(url.data);
  const config = { url: url.data, ...(authToken ? { authToken } : {}) };
  const client = createClient(config);
  const copy = async () => {
    // Numbers as they are: a number of JavaScript cannot hold each of them.
    const reader = createClient({ ...config, intMode: "bigint" });
    try {
      const made = await copyRemote(reader, copyTo, (name, rows) => {
        if (rows > 0) process.stderr.write(`copied ${name}: ${rows} rows\n`);
      });
      const what = `${made.tables} tables, ${made.rows} rows, ${made.bytes} bytes`;
      process.stdout.write(`the database was copied to ${made.file} before (${what})\n`);
    } catch (cause) {
      throw uncopied(host, cause);
    } finally {
      reader.close();
    }
  };
  const applied = await migrateRemote(client, migrations, withoutCopy ? undefined : copy).catch(
    (cause: unknown) => {
      throw inWords(host, cause);
    },
  );
  process.stdout.write(`the database at ${host} is up to date, ${applied} migrations applied now\n`);
}

/** Why nothing was migrated: the copy before could not be made. */
function uncopied(host: string, cause: unknown): ProblemError {
  const seen = cause instanceof Error ? cause.message : String(cause);
  const detail = `the database at ${host} could not be copied before its migration, and nothing was changed: ${seen}. Make a backup with what your database's host has for it, then: pulse migrate --without-copy`;
  return new ProblemError("conflict", detail, { cause });
}

/** What kept a migration from its database, for the one who runs it; never its token. */
function inWords(host: string, cause: unknown): unknown {
  if (cause instanceof LibsqlError && [401, 403].includes(statusOf(cause.cause))) {
    const detail = `the database at ${host} refuses the token; check PULSE_DATABASE_TOKEN`;
    return new ProblemError("forbidden", detail, { cause });
  }
  const isSql = cause instanceof LibsqlError && cause.code.startsWith("SQLITE_");
  if (isSql || cause instanceof ProblemError) return cause;
  const seen = cause instanceof Error ? cause.message : String(cause);
  return new ProblemError("unavailable", `no database answers at ${host}: ${seen}`, {
    cause,
    members: { unreachable: true },
  });
}

/** The status of an HTTP answer that was none of Hrana's; 0 for another error. */
function statusOf(cause: unknown): number {
  const status = typeof cause === "object" && cause !== null && "status" in cause ? cause.status : 0;
  return Number(status);
}

/** The CLI's exit codes: 3 not allowed, 5 no copy, or a schema that this version does not know, 6 a bad setting, 7 no answer. */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof ProblemError)) return 1;
  if (error.extras.members?.unreachable === true) return 7;
  return { forbidden: 3, conflict: 5, unavailable: 5, validation_failed: 6 }[error.code as string] ?? 1;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "copy-to": { type: "string", default: "backups" },
    "without-copy": { type: "boolean", default: false },
  },
});
const told = { copyTo: values["copy-to"], withoutCopy: values["without-copy"], migrations: positionals[0] };
await main(told).catch((error: unknown) => {
  process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = exitCodeOf(error);
});
