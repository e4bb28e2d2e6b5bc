import { readlinkSync } from "node:fs";
import { arch, cpus, hostname, platform, totalmem } from "node:os";
import { basename, join } from "node:path";

/** What a runner tells of its machine when it joins. */
export interface MachineFacts {
  os: string;
  arch: string;
  cpus: number;
  memoryBytes: number;
  hostname: string;
  /** The sha256 of the archive that its program came in from the gateway; null or absent: it was installed otherwise. */
  bundle?: string | null;
  /** Whether the gateway can upgrade it from afar; otherwise why not. Absent: it was installed otherwise. */
  upgrades?: true | string;
}

/** Of this machine; `installDir` is where the gateway's install script put the program, which the launcher says. */
export function machineFacts(mayUpdate: boolean, installDir = process.env.PULSE_INSTALL_DIR): MachineFacts {
  return {
    os: platform(),
    arch: arch(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    hostname: hostname(),
    ...(installDir === undefined
      ? { bundle: null }
      : {
          bundle: bundleIn(installDir),
          upgrades: mayUpdate || 'its machine has a policy that does not allow "update"',
        }),
  };
}

/** What `current` names; null where it is no link, as before the first installation is done. */
function bundleIn(installDir: string): string | null {
  try {
    return basename(readlinkSync(join(installDir, "current")));
  } catch {
    return null;
  }
}
