import { totalmem } from "node:os";
import type { CommandLimits } from "../sandbox/command-container-options.ts";

const shareOfMachine = 3 / 4;

/** What a command in an image may have: what the policy says, and never more memory than all sandboxes together (`budget`, bytes), or than three quarters of the machine's. */
export function imageLimits(
  { memory, cpus, hasNetwork }: { memory: number | null; cpus: number | null; hasNetwork: boolean },
  budget: number | null,
  machine = totalmem(),
): CommandLimits {
  const most = Math.floor(machine * shareOfMachine);
  return { memory: Math.min(most, memory ?? most, budget ?? most), cpus, hasNetwork };
}
