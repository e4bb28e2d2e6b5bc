import { createClient, LibsqlError } from "@libsql/client/web";
import { ProblemError } from "@pulse/schema/problem";
import { databaseUrl } from "./bindings.ts";
import { migrateRemote } from "./migrate.ts";

/**
 * `pulse migrate` for a remote database: `PULSE_DATABASE_URL`, and `PULSE_DATABASE_TOKEN` where it asks for one. The migrations are
 * those of this version, or those in the folder given.
 */
async function main(folder?: string): Promise<void> {
  const url = databaseUrl.safeParse(process.env.PULSE_DATABASE_URL);
  if (!url.success) {
    const faults = url.error.issues.map(({ message }) => `PULSE_DATABASE_URL ${message}`);
    throw new ProblemError("validation_failed", faults.join("; "));
  }
  const authToken = process.env.PULSE_DATABASE_TOKEN;
  const { host } = new URL(url.data);
  const client = createClient({ url: url.data, ...(authToken ? { authToken } : {}) });
  const applied = await migrateRemote(client, folder).catch((cause: unknown) => {
    throw inWords(host, cause);
  });
  process.stdout.write(`the database at ${host} is up to date, ${applied} migrations applied now\n`);
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

/** The CLI's exit codes: 3 not allowed, 5 a schema that this version does not know, 6 a bad setting, 7 no answer. */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof ProblemError)) return 1;
  if (error.extras.members?.unreachable === true) return 7;
  return { forbidden: 3, unavailable: 5, validation_failed: 6 }[error.code as string] ?? 1;
}

await main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = exitCodeOf(error);
});
