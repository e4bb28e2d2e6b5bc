import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { ProblemError } from "@pulse/schema/problem";

/** A user of this machine. `change`: the process must become that user, for it is not the runner's own. */
export interface MachineUser {
  name: string;
  uid: number;
  gid: number;
  home: string;
  change: boolean;
}

/** Finds a user by name; null: the runner's own. Throws `validation_failed` for one that is not there, or that this runner cannot become. */
export async function findUser(name: string | null): Promise<MachineUser> {
  const own = ownUser();
  if (name === null || name === own.name) return own;
  const found = entryOf(await readFile("/etc/passwd", "utf8").catch(() => ""), name) ?? (await asked(name));
  if (found === null)
    throw new ProblemError("validation_failed", `there is no user "${name}" on this machine`);
  if (own.uid !== 0)
    throw new ProblemError("validation_failed", `only a runner of root runs commands as user "${name}"`);
  return found;
}

/** The runner's own user. One that the machine has no name for is called by its number. */
export function ownUser(): MachineUser {
  try {
    const { username, uid, gid, homedir } = userInfo();
    return { name: username, uid, gid, home: homedir, change: false };
  } catch {
    const uid = process.getuid?.() ?? -1;
    return { name: String(uid), uid, gid: process.getgid?.() ?? -1, home: "/", change: false };
  }
}

/** Users that a directory service knows. */
async function asked(name: string): Promise<MachineUser | null> {
  const answer = await promisify(execFile)("getent", ["passwd", "--", name]).catch(() => ({ stdout: "" }));
  return entryOf(answer.stdout, name);
}

function entryOf(passwd: string, name: string): MachineUser | null {
  for (const line of passwd.split("\n")) {
    const [found, , uid = "", gid = "", , home = ""] = line.split(":");
    if (found !== name || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) continue;
    return { name, uid: Number(uid), gid: Number(gid), home: home === "" ? "/" : home, change: true };
  }
  return null;
}
