import { arch, cpus, hostname, platform, totalmem } from "node:os";

/** What a runner tells of its machine when it joins. */
export interface MachineFacts {
  os: string;
  arch: string;
  cpus: number;
  memoryBytes: number;
  hostname: string;
}

/** Of this machine. */
export function machineFacts(): MachineFacts {
  return {
    os: platform(),
    arch: arch(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    hostname: hostname(),
  };
}
