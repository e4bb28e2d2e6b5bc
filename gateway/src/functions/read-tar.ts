import { ProblemError } from "@pulse/schema/problem";
import { type BundleFile, block, bundleMost, paddedLength } from "./tar.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
/** Of a record that says something about other entries. */
const recordMost = 2 ** 20;

/** How a tar is read that is no bundle. */
export interface TarReading {
  /** Links and whatever else is no file or folder are left out, and not refused. */
  skipsOthers: boolean;
  filesMost: number;
  /** Whether a file is wanted; the others are passed over, and count. */
  keeps(path: string): boolean;
  /** Is given the records that stand before everything, as they are. */
  onGlobal(records: string): void;
}

const asBundle: TarReading = {
  skipsOthers: false,
  filesMost: bundleMost.files,
  keeps: () => true,
  onGlobal: () => undefined,
};

/** What is wanted next of a tar: so many bytes, or fewer at its end; passed over are all of them or the tar is cut off. */
interface Wanted {
  bytes: number;
  isPassedOver: boolean;
}

/** Reads the regular files of a tar. Links, devices and whatever else is no file or folder are refused, unless it is said otherwise. The contents are parts of `tar`. Throws `invalid_bundle`. */
export function readTar(tar: Uint8Array<ArrayBuffer>, reading: TarReading = asBundle): BundleFile[] {
  const steps = readEntries(reading);
  let at = 0;
  for (let step = steps.next(); ; ) {
    if (step.done) return step.value;
    const from = at;
    at += step.value.bytes;
    if (step.value.isPassedOver && at > tar.length) throw cutOff();
    step = steps.next(tar.subarray(from, at));
  }
}

/**
 * Reads a tar that comes in parts as `readTar` reads a whole one: of it nothing is in memory but the files that are kept. Throws `invalid_bundle`, and
 * `RangeError` once it has more than `bytesMost`.
 */
export async function readTarParts(
  parts: AsyncIterable<Uint8Array>,
  bytesMost: number,
  reading: TarReading = asBundle,
): Promise<BundleFile[]> {
  const source = new PartReader(parts, bytesMost);
  const steps = readEntries(reading);
  try {
    for (let step = steps.next(); ; ) {
      if (step.done) return step.value;
      const { bytes, isPassedOver } = step.value;
      step = steps.next(await (isPassedOver ? source.pass(bytes) : source.take(bytes)));
    }
  } finally {
    await source.close();
  }
}

/** Gives out what comes in parts in pieces of the sizes that are asked for; a piece is shorter only at the end. */
class PartReader {
  readonly #parts: AsyncIterator<Uint8Array>;
  #left: number;
  #part: Uint8Array = new Uint8Array(0);
  readonly #most: number;

  constructor(parts: AsyncIterable<Uint8Array>, most: number) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#most = most;
    this.#left = most;
  }

  async take(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    // Before there is room made for it: a header may say anything. Only the end itself is looked for past the last byte.
    if (bytes > this.#left + block) throw this.#tooMuch();
    const piece = new Uint8Array(Math.min(bytes, this.#left));
    let at = 0;
    while (at < piece.length && (await this.#fill())) {
      const some = this.#part.subarray(0, piece.length - at);
      piece.set(some, at);
      at += some.length;
      this.#part = this.#part.subarray(some.length);
    }
    this.#left -= at;
    if (piece.length < bytes && (await this.#fill())) throw this.#tooMuch();
    return at === piece.length ? piece : piece.subarray(0, at);
  }

  /** Leaves out so many bytes, and answers none. Throws `invalid_bundle` where there are fewer. */
  async pass(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (bytes > this.#left) throw this.#tooMuch();
    this.#left -= bytes;
    let left = bytes;
    while (left > 0 && (await this.#fill())) {
      const passed = Math.min(left, this.#part.length);
      left -= passed;
      this.#part = this.#part.subarray(passed);
    }
    if (left > 0) throw cutOff();
    return new Uint8Array(0);
  }

  async close(): Promise<void> {
    await this.#parts.return?.();
  }

  #tooMuch(): RangeError {
    return new RangeError(`the archive has more than ${this.#most} bytes`);
  }

  /** Whether there is anything left. */
  async #fill(): Promise<boolean> {
    while (this.#part.length === 0) {
      const next = await this.#parts.next();
      if (next.done === true) return false;
      this.#part = next.value;
    }
    return true;
  }
}

const take = (bytes: number): Wanted => ({ bytes, isPassedOver: false });
const pass = (bytes: number): Wanted => ({ bytes, isPassedOver: true });

/** What a tar says, however its bytes are had: asks for so many, and is given them, or fewer at the end. Throws `invalid_bundle`. */
function* readEntries(reading: TarReading): Generator<Wanted, BundleFile[], Uint8Array<ArrayBuffer>> {
  const files: BundleFile[] = [];
  let count = 0;
  let longPath: string | null = null;
  for (;;) {
    const head = yield take(block);
    if (head.length < block) return files;
    if (head.every((byte) => byte === 0)) {
      yield* readEnd();
      return files;
    }
    const { size, type, name } = entryOf(head);
    if (type === "x" || type === "L" || type === "g") {
      if (size > recordMost) throw new ProblemError("invalid_bundle", "a record of the archive is too long");
      const body = yield* readBody(size);
      if (type === "g") reading.onGlobal(text(body, 0, body.length));
      else longPath = type === "L" ? text(body, 0, body.length) : (paxPath(body) ?? longPath);
      if (type === "g") longPath = null;
      continue;
    }
    const path = (longPath ?? name).replace(/^(\.\/)+/, "");
    longPath = null;
    const isFile = type === "0" || type === "\0";
    if (!isFile && type !== "5" && !reading.skipsOthers) {
      const kind = type === "1" || type === "2" ? "a link" : `an entry of type ${JSON.stringify(type)}`;
      throw new ProblemError(
        "invalid_bundle",
        `a bundle holds plain files only, ${JSON.stringify(path)} is ${kind}`,
      );
    }
    if (isFile && ++count > reading.filesMost) {
      throw new ProblemError("invalid_bundle", `a bundle may have at most ${reading.filesMost} files`);
    }
    if (isFile && reading.keeps(path)) files.push({ path, content: yield* readBody(size) });
    else {
      yield pass(size);
      yield take(paddedLength(size) - size);
    }
  }
}

/** The content of an entry, whole. */
function* readBody(size: number): Generator<Wanted, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const body = yield take(size);
  if (body.length < size) throw cutOff();
  yield take(paddedLength(size) - size);
  return body;
}

/** After a block of zeros nothing but zeros stands. */
function* readEnd(): Generator<Wanted, void, Uint8Array<ArrayBuffer>> {
  for (;;) {
    const rest = yield take(block);
    if (rest.some((byte) => byte !== 0))
      throw new ProblemError("invalid_bundle", "something follows the end of the archive");
    if (rest.length < block) return;
  }
}

function entryOf(head: Uint8Array): { size: number; type: string; name: string } {
  if (octal(head, 148, 8) !== checksum(head)) {
    throw new ProblemError("invalid_bundle", "the archive is damaged or is no tar");
  }
  const size = octal(head, 124, 12);
  if (!(size >= 0)) throw cutOff();
  const prefix = text(head, 257, 5) === "ustar" ? text(head, 345, 155) : "";
  const own = text(head, 0, 100);
  const name = prefix === "" ? own : `${prefix}/${own}`;
  return { size, type: String.fromCharCode(head[156] ?? 0), name };
}

function cutOff(): ProblemError {
  return new ProblemError("invalid_bundle", "the archive is cut off or is no tar");
}

/** A number of a header; NaN for what is none. An empty field is zero. */
function octal(head: Uint8Array, from: number, length: number): number {
  const digits = text(head, from, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : Number.NaN;
}

/** The sum of a header's bytes, where its own field counts as spaces (POSIX.1-1988). */
function checksum(head: Uint8Array): number {
  return head.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}

function text(bytes: Uint8Array, from: number, length: number): string {
  const part = bytes.subarray(from, from + length);
  const end = part.indexOf(0);
  try {
    return decoder.decode(end < 0 ? part : part.subarray(0, end));
  } catch {
    throw new ProblemError("invalid_bundle", "a path in the archive is not valid UTF-8");
  }
}

function paxPath(body: Uint8Array): string | null {
  if (body.includes(0)) throw new ProblemError("invalid_bundle", "a path in the archive has a NUL");
  return /^\d+ path=(.*)$/m.exec(text(body, 0, body.length))?.[1] ?? null;
}
