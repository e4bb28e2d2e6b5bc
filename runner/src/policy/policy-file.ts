import { closeSync, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import { openPolicy, type Policy, policyShape } from "./policy.ts";

/** Where an operator keeps what this machine lets a gateway do with it, read again whenever the file has changed. */
export class PolicyFile {
  readonly #path: string | null;
  readonly #say: (line: string) => void;
  #policy: Policy;
  #seen: string;
  /** Why the file, as it is now, cannot be followed. */
  #fault: string | null = null;

  /** Reads the file; null: there is none, and nothing is restricted. Throws `validation_failed`. */
  constructor(path: string | null, say: (line: string) => void) {
    this.#path = path;
    this.#say = say;
    this.#policy = path === null ? openPolicy : readPolicy(path);
    this.#seen = path === null ? "" : stampOf(path);
  }

  /** The policy as the file is now; or, in words, why there is none: then nothing is allowed. */
  now(): Policy | string {
    if (this.#path !== null && stampOf(this.#path) !== this.#seen) this.reload();
    return this.#fault ?? this.#policy;
  }

  /** Reads the file again, changed or not. One that cannot be followed allows nothing until it can. */
  reload(): void {
    if (this.#path === null) return;
    // Before reading: a change in between is seen the next time.
    this.#seen = stampOf(this.#path);
    try {
      this.#policy = readPolicy(this.#path);
      this.#fault = null;
      this.#say(`the policy ${this.#path} was read again`);
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      this.#say(`nothing is run: ${this.#fault}`);
    }
  }
}

/** Reads a policy. Throws `validation_failed` that lists every bad value, or says who else could write the file. */
export function readPolicy(path: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(readSafely(path));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ProblemError("validation_failed", `the policy ${path} cannot be read: ${why}`);
  }
  const result = policyShape.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    pointer: `/${issue.path.map(String).join("/")}`,
    detail: issue.message,
  }));
  const detail = errors.map((one) => `${one.pointer}: ${one.detail}`).join("; ");
  throw new ProblemError("validation_failed", `the policy ${path} is not valid: ${detail}`, { errors });
}

/** The text of a file that decides what may run here. Throws `validation_failed` when others than its owner could write it. */
export function readSafely(path: string): string {
  const file = openSync(path, "r");
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw unsafe(path, "it is no file");
    checkOwner(path, stat);
    const folder = dirname(realpathSync(path));
    const around = statSync(folder);
    // In a folder that others may write they could put another file in its place. The sticky bit prevents that.
    if ((around.mode & 0o022) !== 0 && (around.mode & 0o1000) === 0)
      throw unsafe(path, `its folder ${folder} can be written by others: chmod go-w ${folder}`);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function checkOwner(path: string, { mode, uid }: Stats): void {
  if ((mode & 0o022) !== 0)
    throw unsafe(
      path,
      `it can be written by others (mode ${(mode & 0o777).toString(8)}): chmod go-w ${path}`,
    );
  const self = process.getuid?.() ?? uid;
  if (uid !== 0 && uid !== self)
    throw unsafe(path, `it belongs to user ${uid}, not to root or this runner's user`);
}

function unsafe(path: string, why: string): ProblemError {
  return new ProblemError("validation_failed", `the policy ${path} is not followed: ${why}`);
}

/** What differs when a file was written or replaced; "gone" where there is none. */
function stampOf(path: string): string {
  try {
    const { ino, mtimeMs, ctimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${ctimeMs} ${size}`;
  } catch {
    return "gone";
  }
}
