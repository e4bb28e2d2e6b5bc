import type { Conversation, Ending } from "../conversation.ts";
import type { CallError } from "../outcome.ts";
import type { Ready } from "../runtime-frames.ts";
import type { Cell, CellSpec } from "../sandbox.ts";
import type { Frost } from "./frost.ts";

/** A cell that has loaded a version. */
export interface WarmCell {
  cell: Cell;
  conversation: Conversation;
  frost: Frost;
  key: string;
  ready: Ready;
  /** Its memory limit, bytes. */
  memory: number;
  concurrency: number;
  /** It serves one call and ends (`reuse: never`). */
  isSingle: boolean;
  running: number;
  calls: number;
  bornAt: number;
  /** `performance.now()` of the end of its last call; null while it runs one. */
  idleSince: number | null;
  keepAliveMs: number;
  isDead: boolean;
}

/** A slot of a warm cell, to be given back. */
export interface Lease {
  warm: WarmCell;
  start: "warm" | "stem" | "cold";
  startMs: number;
  initMs: number;
}

/** How a load ended. */
export type Loaded = Ready | { error: CallError } | { ending: Ending };
/** Loads code into a cell. */
export type Load = (cell: Cell, conversation: Conversation, signal: AbortSignal) => Promise<Loaded>;
/** What a call gets: a slot, or why there is none. */
export type Taken = Lease | { error: CallError } | { ending: Ending };

/** How cells of a version are used. */
export interface Use {
  concurrency: number;
  /** The most that an idle one stays, milliseconds. */
  keepAliveMs: number;
  reuse: boolean;
}

/** What is loaded into which kind of cell, and how it is used. */
export interface Version {
  key: string;
  spec: CellSpec;
  use: Use;
  load: Load;
}

const recycleCalls = 1000;
const recycleMs = 3_600_000;

/** Whether another call may go to it. */
export function hasSlot(warm: WarmCell): boolean {
  if (warm.isDead || warm.cell.isCut?.() === true) return false;
  return warm.isSingle ? warm.calls === 0 : warm.running < warm.concurrency;
}

/** Whether it has served long enough. */
export function isOld(warm: WarmCell): boolean {
  return warm.calls >= recycleCalls || performance.now() - warm.bornAt > recycleMs;
}
