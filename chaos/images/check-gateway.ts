import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isTerminal } from "@pulse/schema/status";
import { openStore } from "../../gateway/src/platform/node/open-store.ts";
import type { FinalRow } from "../classify.ts";
import type { Ack } from "./acks.ts";
import type { Finding } from "./finding.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Opens the files that a power loss left as a gateway does that starts, and compares: what was acknowledged by then is there, what had ended is as it
 * ended, the database is whole, and content that it names is there and whole.
 */
export async function checkGatewayImage(
  dataDir: string,
  acks: readonly Ack[],
  finals: ReadonlyMap<string, FinalRow>,
): Promise<Finding[]> {
  const options = { reserveBytes: 0, acceptRollback: false, log: quiet };
  const store = await openStore(dataDir, options).catch((error: unknown) => String(error));
  if (typeof store === "string") {
    const lost = acks.length > 0 && !existsSync(join(dataDir, "pulse.db"));
    return [{ kind: lost ? "lost" : "refused", what: `the gateway does not start: ${store}` }];
  }
  try {
    const { client } = store.database;
    const findings: Finding[] = [];
    const note = (kind: Finding["kind"], what: string) => findings.push({ kind, what });
    const rowsOf = async (sql: string) => (await client.execute(sql)).rows;
    const [checked] = await rowsOf("PRAGMA integrity_check(3)");
    const integrity = String(Object.values(checked ?? {})[0]);
    if (integrity !== "ok") note("damaged", integrity);
    if ((await rowsOf("PRAGMA foreign_key_check")).length > 0)
      note("damaged", "rows name others that are missing");

    const executions = new Map(
      (await rowsOf("SELECT id, status, attempt, ended_at FROM executions")).map((row) => [
        String(row.id),
        row,
      ]),
    );
    const versions = new Set((await rowsOf("SELECT id FROM versions")).map(({ id }) => String(id)));
    for (const { what, id } of acks) {
      if (what === "deployed" && !versions.has(id)) note("lost", `version ${id} was deployed and is missing`);
      if (what === "deployed") continue;
      const row = executions.get(id);
      if (row === undefined) note("lost", `${id} was ${what} and is missing`);
      else if (what === "settled" && isOpenAgain(row, finals.get(id))) {
        note("lost", `the outcome of ${id} was taken, and it is ${String(row.status)}`);
      }
    }
    for (const [id, row] of executions) {
      const final = finals.get(id);
      if (final === undefined || !isTerminal(String(row.status))) continue;
      if (row.status !== final.status || row.ended_at !== final.endedAt || row.attempt !== final.attempt) {
        note("changed", `${id} had ended as ${String(row.status)} and came to be ${final.status}`);
      }
    }
    for (const { sha256 } of await rowsOf(namedContent)) {
      const found = contentOf(dataDir, String(sha256));
      if (found !== "whole") note("lost", `content ${String(sha256).slice(0, 8)} is named and ${found}`);
    }
    return findings;
  } finally {
    await store.close();
  }
}

/** An outcome that was taken ends the attempt: the execution is over, or waits for its next attempt. */
function isOpenAgain(row: Record<string, unknown>, final: FinalRow | undefined): boolean {
  if (final === undefined || isTerminal(String(row.status))) return false;
  // Nothing but its one attempt: then the outcome that was taken was its end.
  return final.attempt === 1 && final.retriesUsed === 0 && final.losses === 0;
}

const namedContent = `SELECT sha256 FROM contents
  UNION SELECT bundle_sha256 FROM versions WHERE bundle_sha256 IS NOT NULL
  UNION SELECT content_sha256 FROM builds WHERE content_sha256 IS NOT NULL`;

function contentOf(dataDir: string, sha256: string): "whole" | "missing" | "damaged" {
  const path = join(dataDir, "blobs", sha256.slice(0, 2), sha256);
  if (!existsSync(path)) return "missing";
  return createHash("sha256").update(readFileSync(path)).digest("hex") === sha256 ? "whole" : "damaged";
}
