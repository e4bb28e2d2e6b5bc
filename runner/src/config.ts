import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import { nameField } from "@pulse/schema/wire/fields";
import * as z from "zod";
import { commandModes, type StartedWith } from "./policy/policy.ts";
import { reachText } from "./policy/reach.ts";
import type { ConfinementPolicy } from "./sandbox/confinement.ts";
import { readOpenedRange } from "./sandbox/egress/address-rules.ts";
import type { EgressPolicy } from "./sandbox/egress/project-networks.ts";
import type { VaultConfig } from "./vault/vault-client.ts";
import { vaultConfigOf, vaultFaults, vaultShape } from "./vault/vault-config.ts";

/** Settings of a runner, all read in one place. */
export interface RunnerConfig {
  gateway: string;
  enrolmentToken: string | null;
  name: string;
  slots: number;
  /** Absolute: sandboxes run elsewhere and name files in it. */
  stateDir: string;
  /** Null: docker when an engine answers, else process. */
  sandbox: "docker" | "process" | null;
  /** What separates containers from this machine's kernel. */
  confinement: ConfinementPolicy;
  images: { typescript: string | null; python: string | null };
  /** Which images of functions may run here, and where the credentials of their registries stand; null: where docker login puts them. */
  customImages: { allowed: string; authFile: string | null };
  /** What functions in containers may reach of this machine's own networks. */
  egress: EgressPolicy;
  /** What all sandboxes together may have as memory limits, bytes; null: what the machine has free decides. */
  memory: number | null;
  /** The most that code, dependencies and other content take on the disk, null: the usual; and the least that must be free for work. */
  disk: { cacheBytes: number | null; leastFreeBytes: number };
  /** What one install of dependencies may take. */
  installs: { bytes: number; ms: number };
  /** What outcomes and logs that the gateway does not have yet may take on the disk. */
  spoolBytes: number;
  /** How long a runner that leaves lets its work go on. */
  drainMs: number;
  /** The file that says what this machine lets a gateway do with it; null: none, and nothing is restricted. */
  policy: string | null;
  /** Which commands for this machine itself it takes, where it describes those that `allowlist` lets run, and where requests may go. */
  commands: StartedWith;
  /** Where references to secrets of the runner's own Vault are resolved; null: nowhere. */
  vault: VaultConfig | null;
}

const shape = z.object({
  PULSE_GATEWAY: z.url({ protocol: /^https?$/ }).transform((text) => new URL(text).origin),
  PULSE_ENROLMENT_TOKEN: z.string().min(1).optional(),
  PULSE_RUNNER_NAME: nameField.default(nameOf(hostname())),
  PULSE_SLOTS: z.coerce.number().int().min(1).max(1000).default(5),
  PULSE_STATE_DIR: z.string().min(1).default("./pulse-runner"),
  PULSE_SANDBOX: z.enum(["docker", "process"]).optional(),
  PULSE_CONTAINER_RUNTIME: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be the name of a runtime of the engine, such as runsc")
    .optional(),
  PULSE_POLICY: z.string().min(1).optional(),
  PULSE_COMMANDS: z.enum(commandModes).default("deny"),
  PULSE_COMMANDS_DIR: z.string().min(1).default("/etc/pulse/commands.d"),
  PULSE_REQUESTS: reachText.optional(),
  PULSE_SECCOMP: z.enum(["strict", "engine"]).default("strict"),
  PULSE_IMAGE_TYPESCRIPT: z.string().min(1).optional(),
  PULSE_IMAGE_PYTHON: z.string().min(1).optional(),
  PULSE_SANDBOX_MB: z.coerce.number().int().min(64).max(16_777_216).optional(),
  PULSE_IMAGES: z.string().default(""),
  PULSE_REGISTRY_AUTH_FILE: z.string().min(1).optional(),
  PULSE_CACHE_MB: z.coerce.number().int().min(100).max(16_777_216).optional(),
  PULSE_DISK_FREE_MB: z.coerce.number().int().min(0).max(16_777_216).default(512),
  PULSE_INSTALL_MB: z.coerce.number().int().min(1).max(16_384).default(512),
  PULSE_INSTALL_SECONDS: z.coerce.number().int().min(1).max(840).default(300),
  PULSE_SPOOL_MB: z.coerce.number().int().min(1).max(1_048_576).default(1024),
  PULSE_DRAIN_SECONDS: z.coerce.number().min(0).max(86_400).default(15),
  PULSE_EGRESS: z.enum(["filtered", "unfiltered"]).default("filtered"),
  PULSE_EGRESS_OPEN: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((one) => (one.trim() === "" ? [] : [readOpenedRange(one)])))
    .refine(
      (ranges) => !ranges.includes(null),
      "must be networks such as 10.1.0.0/16 or 10.1.2.3:5432, separated by commas",
    )
    .transform((ranges) => ranges.filter((range) => range !== null)),
  PULSE_LOG: z.enum(["text", "json"]).default("text"),
  ...vaultShape,
});

/** Reads environment and arguments. Throws one `validation_failed` problem that lists every bad value. */
export function readRunnerConfig(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): RunnerConfig {
  const given: Record<string, string> = {};
  for (const name of Object.keys(shape.shape)) {
    const value = env[name];
    if (value !== undefined && value !== "") given[name] = value;
  }
  const at = args.indexOf("--token-file");
  const tokenFile = at >= 0 ? args[at + 1] : env.PULSE_ENROLMENT_TOKEN_FILE;
  if (tokenFile !== undefined) given.PULSE_ENROLMENT_TOKEN = readFileSync(tokenFile, "utf8").trim();
  const result = shape.safeParse(given);
  const faults = result.success ? vaultFaults(result.data) : [];
  if (!result.success || faults.length > 0) {
    const errors = [
      ...(result.error?.issues ?? []).map(({ path, message }) => ({
        pointer: String(path[0]),
        detail: message,
      })),
      ...faults.map(({ setting, detail }) => ({ pointer: setting, detail })),
    ];
    throw new ProblemError(
      "validation_failed",
      errors.map((one) => `${one.pointer}: ${one.detail}`).join("; "),
      { errors },
    );
  }
  const { data } = result;
  return {
    gateway: data.PULSE_GATEWAY,
    enrolmentToken: data.PULSE_ENROLMENT_TOKEN ?? null,
    name: data.PULSE_RUNNER_NAME,
    slots: data.PULSE_SLOTS,
    stateDir: resolve(data.PULSE_STATE_DIR),
    sandbox: data.PULSE_SANDBOX ?? null,
    confinement: { runtime: data.PULSE_CONTAINER_RUNTIME ?? null, seccomp: data.PULSE_SECCOMP },
    images: { typescript: data.PULSE_IMAGE_TYPESCRIPT ?? null, python: data.PULSE_IMAGE_PYTHON ?? null },
    memory: data.PULSE_SANDBOX_MB === undefined ? null : data.PULSE_SANDBOX_MB * 2 ** 20,
    customImages: { allowed: data.PULSE_IMAGES, authFile: data.PULSE_REGISTRY_AUTH_FILE ?? null },
    disk: {
      cacheBytes: data.PULSE_CACHE_MB === undefined ? null : data.PULSE_CACHE_MB * 2 ** 20,
      leastFreeBytes: data.PULSE_DISK_FREE_MB * 2 ** 20,
    },
    installs: { bytes: data.PULSE_INSTALL_MB * 2 ** 20, ms: data.PULSE_INSTALL_SECONDS * 1000 },
    egress: { filtered: data.PULSE_EGRESS === "filtered", opened: data.PULSE_EGRESS_OPEN },
    spoolBytes: data.PULSE_SPOOL_MB * 2 ** 20,
    drainMs: data.PULSE_DRAIN_SECONDS * 1000,
    policy: data.PULSE_POLICY === undefined ? null : resolve(data.PULSE_POLICY),
    commands: {
      ...{ mode: data.PULSE_COMMANDS, dir: resolve(data.PULSE_COMMANDS_DIR) },
      requests: data.PULSE_REQUESTS ?? null,
    },
    vault: vaultConfigOf(data),
  };
}

/** A host name as a runner name. */
export function nameOf(host: string): string {
  const plain = host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return plain === "" ? "runner" : plain;
}
