import { uptime } from "node:os";
import type Docker from "dockerode";
import type { MemoryWitness } from "./memory-witness.ts";

/** How the container of a command ended. */
export interface CommandContainerEnd {
  /** Null: nobody saw how. */
  code: number | null;
  /** The kernel ended something in it for want of memory. */
  outOfMemory: boolean;
}

/** What its engine says of a container that has ended. */
interface EndedState {
  ExitCode: number;
  OOMKilled: boolean;
  StartedAt: string;
}

const killed = 137;
const unseen: CommandContainerEnd = { code: null, outOfMemory: false };

/** How a container ends that is waited for; `taken` resolves when all that it said was taken. Never rejects: an engine that goes away meanwhile tells nothing. */
export async function endOf(
  container: Docker.Container,
  condition: "next-exit" | "not-running",
  witness: MemoryWitness,
  taken: () => Promise<void>,
): Promise<CommandContainerEnd> {
  const code = await container.wait({ condition }).then(
    (answer: { StatusCode: number }) => answer.StatusCode,
    () => null,
  );
  const isSeen = witness.look();
  await taken();
  if (code === null) return unseen;
  if (code === 0) return { code, outOfMemory: false };
  const isSaid = await container.inspect().then(
    ({ State }) => State.OOMKilled,
    () => false,
  );
  return { code, outOfMemory: isSeen || isSaid || (code === killed && (await witness.asked())) };
}

/**
 * How a container ended that was found ended. Where SIGTERM or SIGKILL ended it, that was its engine's doing when the machine went down, or somebody's who is not here to say so;
 * 255 is what engines give to what was gone when they came back.
 */
export function endBefore(
  { ExitCode, OOMKilled, StartedAt }: EndedState,
  bootedAt = Date.now() - uptime() * 1000,
): CommandContainerEnd {
  const isOfMachine = Date.parse(StartedAt) < bootedAt && ExitCode === 255;
  const isOfEngine = (ExitCode === killed && !OOMKilled) || ExitCode === 143;
  return isOfMachine || isOfEngine ? unseen : { code: ExitCode, outOfMemory: OOMKilled && ExitCode !== 0 };
}
