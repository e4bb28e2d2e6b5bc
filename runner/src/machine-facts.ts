import { arch, cpus, hostname, platform, totalmem } from "node:os";

/** What a runner tells of its machine when it joins. */
export function machineFacts() {
  return {
    os: platform(),
    arch: arch(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    hostname: hostname(),
  };
}
