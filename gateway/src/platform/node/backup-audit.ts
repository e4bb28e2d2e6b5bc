import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";
import { leaveEntry, ownEntry } from "../../audit/chain.ts";
import { FileClient } from "./file-client.ts";

/**
 * Leaves an entry for the audit of the gateway whose data folder this is: whoever serves it gives it its place in the chain. What is done on the machine
 * itself has no key; the actor is the user of the operating system.
 */
export async function leaveAuditEntry(
  dataDir: string,
  action: "backup.create" | "backup.restore",
  details: Record<string, string | number>,
): Promise<void> {
  const client = new FileClient(join(dataDir, "pulse.db"), ["busy_timeout = 1000"]);
  try {
    const actor = { id: "command-line", name: userName() };
    const entry = ownEntry("default", Date.now(), action, details, actor);
    await leaveEntry(client, randomBytes(16).toString("base64url"), entry);
  } finally {
    client.close();
  }
}

/** Whoever runs this; a user without a name, as containers have them, by its number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
