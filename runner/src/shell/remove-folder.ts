import { execFile } from "node:child_process";
import { lstat, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { underUser } from "./under-user.ts";

/**
 * Removes the private folder of a command, as whoever owns it: a process of another user may still be in there, and could have a root that follows
 * names delete whatever it likes. What cannot be removed stays.
 */
export async function removeFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => null);
  if (found === null) return;
  const { uid, gid } = found;
  if (uid === process.getuid?.()) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    return;
  }
  const user = { name: "", home: "/", uid, gid, change: true };
  const argv = ["/bin/rm", "-rf", "--", folder];
  const [program = "", ...args] = underUser({ argv, user }, false, undefined, "none");
  await promisify(execFile)(program, args, { env: {} }).catch(() => undefined);
}
