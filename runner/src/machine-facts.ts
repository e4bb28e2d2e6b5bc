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
}

/** Of this machine; `installDir` is where the gateway's install script put the program, which the launcher says. */
export function machineFacts(installDir = process.env.PULSE_INSTALL_DIR): MachineFacts {
  return {
    os: platform(),
    arch: arch(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    hostname: hostname(),
    bundle: installDir === undefined ? null : basename(readlinkSync(join(installDir, "current"))),
  };
}
