import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { nextExit } from "./container-wait.ts";
import { opensItsDoor } from "./engine-address.ts";
import type { MemoryWitness } from "./memory-witness.ts";
import type { ExitFacts } from "./sandbox.ts";

const tellMs = 1000;
/** An engine on a busy machine tells late, but it tells. */
const tellLateMs = 30_000;
const askEveryMs = 300;
const askMostMs = 3000;
const goesAsks = 4;
const goesEveryMs = 100;
const answerMostMs = 1000;

/** A container whose end is awaited. */
export interface Watched {
  docker: Docker;
  container: Docker.Container;
  /** Its output: ends with the container, or with the engine. */
  attached: NodeJS.ReadableStream;
  witness: MemoryWitness;
  /** Whether this runner has asked for its end, before it came by itself. */
  isOurs(): boolean;
  /** Its removal, where this runner has asked for that: whether the engine did it. */
  removal?(): Promise<boolean> | null;
  /** Whether its runtime still holds the line of frames open. */
  isLineOpen(): boolean;
  /** Whether that line can outlive the connection to the engine. */
  hasOwnLine: boolean;
  /** The container has ended. */
  onOver(): void;
  /** The engine went away while the container may go on. */
  onCut(): void;
}

/**
 * How a container ended, and whether its engine went with it. An engine that dies tells of no end, and its containers may go on; one that is
 * stopped ends its containers first. Never rejects.
 */
export async function exitOf(watched: Watched): Promise<ExitFacts> {
  const { docker, container, attached, witness } = watched;
  const told = nextExit(docker, container.id);
  const cut = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) attached.once(event, () => resolve());
  });
  void cut.then(() => witness.look());
  const toldOrCut = told.then((code) => code ?? cut.then(() => null));
  const first = await Promise.race([toldOrCut, cut.then(() => Promise.race([told, sleep(tellMs, null)]))]);
  return first === null ? exitUntold(watched, told) : exitAs(watched, first);
}

/** The end with a code that the engine told. */
async function exitAs(watched: Watched, code: number): Promise<ExitFacts> {
  const { container, witness } = watched;
  watched.onOver();
  witness.look();
  const state = await stateOf(container);
  const isSaid = state !== "away" && state !== "gone" && state.OOMKilled;
  const facts = factsOf(code, isSaid || witness.look());
  const isKill = code === 137 || code === 143;
  if (!isKill || facts.outOfMemory || watched.isOurs()) return facts;
  const isOfMemory = code === 137 ? witness.asked() : false;
  const [engineLost, outOfMemory] = await Promise.all([isGoing(watched), isOfMemory]);
  return { ...facts, outOfMemory, engineLost: engineLost && !outOfMemory };
}

/** The end of a container whose output has ended, and of which the engine has not told: it went away, or tells late. Asked for until the engine answers again, or the runtime has let go of its line. */
async function exitUntold(watched: Watched, told: Promise<number | null>): Promise<ExitFacts> {
  const { witness } = watched;
  const lost = (): ExitFacts => {
    const outOfMemory = witness.look();
    return { code: null, signal: null, outOfMemory, engineLost: !outOfMemory };
  };
  let isCut = false;
  for (;;) {
    const state = await stateOf(watched.container);
    if (state === "gone") return lost();
    const goesOn = state !== "away" && state.Running && watched.hasOwnLine;
    // An engine that went away has cut the connection over which it would tell.
    const late = goesOn ? null : await Promise.race([told, sleep(tellLateMs, null)]);
    if (late !== null) return exitAs(watched, late);
    if (state !== "away" && !state.Running) {
      const facts = factsOf(state.ExitCode, state.OOMKilled || witness.look());
      return { ...facts, engineLost: !facts.outOfMemory };
    }
    if (!watched.hasOwnLine) return lost();
    if (!isCut) watched.onCut();
    isCut = true;
    if (state === "away" && !watched.isLineOpen()) return lost();
    await sleep(askEveryMs);
  }
}

async function stateOf(
  container: Docker.Container,
): Promise<"away" | "gone" | { Running: boolean; ExitCode: number; OOMKilled: boolean }> {
  const asked = container.inspect().then(
    ({ State }) => State,
    (error: unknown) => (isGone(error) ? ("gone" as const) : ("away" as const)),
  );
  return Promise.race([asked, sleep(askMostMs, "away" as const)]);
}

function factsOf(status: number, outOfMemory: boolean): ExitFacts {
  // 128 and a signal's number, of which there are 64; what is above is a program's own code.
  const bySignal = status > 128 && status <= 192;
  return {
    code: bySignal ? null : status,
    signal: bySignal ? `signal ${status - 128}` : null,
    outOfMemory,
    engineLost: false,
  };
}

/** Whether a container that was killed went with its engine. One that does as it is asked stays: a runner removes what closed its line when it is not told of the end in time. */
async function isGoing({ docker, removal }: Watched): Promise<boolean> {
  const removed = removal?.() ?? false;
  return (await Promise.race([removed, sleep(askMostMs, false)])) ? false : engineGoes(docker);
}

/**
 * Whether the engine that has just ended a container is on its own way out. An engine that is stopped takes no new connection from before it ends
 * its containers on, so the first question tells; the others are for a machine that goes down, on which container and engine are ended side by side. An answer that
 * takes long is one of the next engine, behind a socket that systemd holds open.
 */
async function engineGoes(docker: Docker): Promise<boolean> {
  for (let asked = 1; ; asked++) {
    if (!(await opensItsDoor(docker, answerMostMs))) return true;
    if (asked === goesAsks) return false;
    await sleep(goesEveryMs);
  }
}

/** Whether the engine says that a container is not there, or on its way out. */
export function isGone(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "statusCode" in error &&
    (error.statusCode === 404 || error.statusCode === 409)
  );
}
