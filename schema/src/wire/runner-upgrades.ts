import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { sha256Field, timeField } from "./fields.ts";

/** How many runners a wave has: a number, or a share of those that are upgraded, such as `10%` (rounded up). */
export const waveSize = z
  .string()
  .regex(/^([1-9]\d{0,4}|([1-9]\d?|100)%)$/, 'must be a number such as "3", or a share such as "10%"');

export const upgradedRunner = z.object({
  id: z.string(),
  name: z.string(),
  /** The wave that it belongs to, from 1; null: it belongs to none. */
  wave: z.number().int().nullable(),
  /**
   * `waiting`: its wave has not begun; `told`: it drains, fetches and starts; `upgraded`: it runs and syncs with what was handed out; `failed`: it runs what it ran before, or
   * nobody knows; `current`: it had it before; `left`: it cannot be upgraded from here.
   */
  state: z.enum(["waiting", "told", "upgraded", "failed", "current", "left"]),
  /** Why it failed or was left, in words; null: it was not. */
  why: z.string().nullable(),
  at: timeField.nullable(),
});
export type UpgradedRunner = z.output<typeof upgradedRunner>;

export const runnerUpgrade = z.object({
  /** Null: nothing was begun (`dryRun`). */
  id: z.string().nullable(),
  state: z.enum(["planned", "running", "succeeded", "failed", "stopped"]),
  /** The version that is handed out. */
  version: z.string(),
  /** Why it failed, in words; null: it did not. */
  why: z.string().nullable(),
  /** The wave that is under way or was the last, from 1; 0: none has begun. */
  wave: z.number().int(),
  waves: z.number().int(),
  waveSize,
  pauseMs: z.number().int(),
  withinMs: z.number().int(),
  startedAt: timeField.nullable(),
  endedAt: timeField.nullable(),
  runners: z.array(upgradedRunner),
});
export type RunnerUpgrade = z.output<typeof runnerUpgrade>;

export const upgradeRunners = endpoint({
  method: "POST",
  path: "/v1/runners/upgrade",
  tag: "runners",
  summary:
    "Upgrade runners to what this gateway hands out, in waves: the next one begins when every runner of the one before syncs with it",
  scope: "admin",
  audit: {
    action: "runner.upgrade",
    body: ["targets", "wave", "pause", "within", "dryRun", "allowDowngrade"],
    answer: ["id", "version", "waves"],
  },
  body: z.strictObject({
    /** Which runners, as a workflow's step names them, such as `web & prod`. */
    targets: z.string().min(1).max(2000).default("all"),
    wave: waveSize.default("10%"),
    /** Between two waves. */
    pause: duration("0s", "1d").default(0),
    /** So long a runner may take from the moment it is told until it syncs with the new program. */
    within: duration("10s", "1h").default(300_000),
    /** Only tells what would be done. */
    dryRun: z.boolean().default(false),
    /** Also runners that run a later version go back to the one that is handed out. */
    allowDowngrade: z.boolean().default(false),
  }),
  answer: runnerUpgrade,
  statuses: [200, 202],
});

export const readRunnerUpgrade = endpoint({
  method: "GET",
  path: "/v1/runners/upgrade",
  tag: "runners",
  summary: "The upgrade of runners that is under way, or the last one",
  scope: "read",
  /** Null: there was none. */
  answer: z.object({ upgrade: runnerUpgrade.nullable() }),
  statuses: [200],
});

export const stopRunnerUpgrade = endpoint({
  method: "POST",
  path: "/v1/runners/upgrade/stop",
  tag: "runners",
  summary: "Begin no more waves; what was told to upgrade does so",
  scope: "admin",
  audit: { action: "runner.upgrade_stop", answer: ["id"] },
  answer: runnerUpgrade,
  statuses: [200],
});

/** What a runner made up for one request and the gateway signs with its answer, so that an answer is good for no other one. */
const nonceField = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22,100}$/, "must be 22 to 100 random characters of base64url");

/** What a gateway signs of an archive of the runner: the payload of a compact JWS. */
export const signedBundle = z.object({
  for: z.literal("pulse-runner"),
  nonce: nonceField,
  version: z.string(),
  protocol: z.number().int(),
  /** The oldest Node that runs it. */
  node: z.string(),
  platform: z.string(),
  /** Below `/install/`. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  sha256: sha256Field,
  bytes: z.number().int().positive(),
  /** The upgrade whose command let this runner go back to an older version; absent: it may not. */
  downgrade: z.string().optional(),
});
export type SignedBundle = z.output<typeof signedBundle>;

/** Runner ← gateway: what it should run, signed by the key that it knows from its enrolment. */
export const readUpgrade = endpoint({
  method: "GET",
  path: "/runner/v1/upgrade",
  tag: "runner protocol",
  summary: "The archive of the runner that this gateway hands out for a platform, as a compact JWS (EdDSA)",
  scope: "runner",
  query: z.object({
    platform: z.string().max(50),
    nonce: nonceField,
    /** The id of the command `update` that it follows. */
    upgrade: z.string().max(100).optional(),
  }),
  answer: z.object({ signed: z.string() }),
  statuses: [200],
});

/** Runner → gateway: what became of an upgrade that it was told of by the command `update` with this id. */
export const reportUpgrade = endpoint({
  method: "POST",
  path: "/runner/v1/upgrade",
  tag: "runner protocol",
  summary: "What became of an upgrade: `up`, `refused`, or `takenBack` to the version before",
  scope: "runner",
  audit: { action: "runner.upgrade_result", body: ["id", "outcome", "sha256", "detail"] },
  body: z.object({
    id: z.string().max(100),
    outcome: z.enum(["up", "refused", "takenBack"]),
    /** Of the archive that it runs now; null: it was not installed from one. */
    sha256: sha256Field.nullable(),
    /** Why not, in words. */
    detail: z.string().max(500).nullable(),
  }),
  statuses: [204],
});
