import { upgradedRunner } from "@pulse/schema/wire/runner-upgrades";
import * as z from "zod";

/** Times are epoch milliseconds. */
const time = z.number().int();

const runner = upgradedRunner.extend({
  /** What it should run; null: nothing else than it does. */
  sha256: z.string().nullable(),
  /** When its state changed. */
  at: time.nullable(),
  /** When it was last told. */
  saidAt: time.nullable(),
});
export type UpgradeRunner = z.output<typeof runner>;

/** An upgrade as it is kept: it survives a restart of the gateway. */
export const upgrade = z.object({
  id: z.string(),
  state: z.enum(["running", "succeeded", "failed", "stopped"]),
  version: z.string(),
  why: z.string().nullable(),
  wave: z.number().int(),
  waves: z.number().int(),
  waveSize: z.string(),
  pauseMs: z.number().int(),
  withinMs: z.number().int(),
  startedAt: time,
  endedAt: time.nullable(),
  /** When the last wave was wholly upgraded; null: it is not, or none has begun. */
  waveEndedAt: time.nullable(),
  /** Whether runners of a later version go back to this one. */
  allowDowngrade: z.boolean().default(false),
  runners: z.array(runner),
});
export type Upgrade = z.output<typeof upgrade>;
