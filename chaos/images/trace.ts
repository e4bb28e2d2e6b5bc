import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** What a recorded process did to files below the folder under watch, and what it said to others, in order. Paths are absolute. */
export type DiskEvent =
  | { kind: "open"; path: string; creates: boolean; empties: boolean }
  | { kind: "write"; path: string; offset: number; bytes: Buffer }
  | { kind: "truncate"; path: string; size: number }
  /** Covers what was done before event number `from`. */
  | { kind: "sync"; path: string; from: number }
  | { kind: "rename"; path: string; to: string }
  | { kind: "unlink"; path: string }
  /** Bytes that left the process: through a socket, or its standard output. */
  | { kind: "said"; text: string };

/** The system calls that have to be recorded for `readTrace`. */
export const tracedCalls = [
  ...["openat", "close", "lseek", "write", "pwrite64", "writev", "pwritev", "sendmsg", "sendto"],
  ...["ftruncate", "fallocate", "fsync", "fdatasync", "sync_file_range", "copy_file_range", "sendfile"],
  ...["rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat"],
];

const mostSaid = 65_536;

/** Reads what `strace -f -y -xx` wrote of one process. Throws on a call that changes a watched file in a way that this does not know. */
export async function readTrace(file: string, folder: string): Promise<DiskEvent[]> {
  const reader = new TraceReader(folder);
  for await (const line of createInterface({ input: createReadStream(file, { encoding: "latin1" }) })) {
    reader.take(line);
  }
  return reader.events;
}

/** Takes the lines of a trace one by one. */
export class TraceReader {
  readonly events: DiskEvent[] = [];
  readonly #folder: string;
  /** Where each open file is, for writes that name no offset. */
  readonly #positions = new Map<number, number>();
  /** Calls whose end is on a later line, by thread, and how many events there were at their beginning. */
  readonly #unfinished = new Map<string, { text: string; from: number }>();

  constructor(folder: string) {
    this.#folder = `${folder}/`;
  }

  take(line: string): void {
    const space = line.indexOf(" ");
    const thread = line.slice(0, space);
    let text = line.slice(space).trimStart();
    let from = this.events.length;
    if (text.endsWith("<unfinished ...>")) {
      this.#unfinished.set(thread, { text: text.slice(0, -"<unfinished ...>".length).trimEnd(), from });
      return;
    }
    if (text.startsWith("<... ")) {
      const begun = this.#unfinished.get(thread);
      this.#unfinished.delete(thread);
      if (begun === undefined) return;
      text = `${begun.text}${text.slice(text.indexOf("resumed>") + "resumed>".length)}`;
      from = begun.from;
    }
    const [, call = "", args = "", result = ""] = /^(\w+)\((.*)\)\s+= (\S+.*)$/.exec(text) ?? [];
    if (call === "" || result.startsWith("-1") || result.startsWith("?")) return;
    const event = this.#eventOf(call, args, result, from);
    if (event !== null) this.events.push(event);
  }

  #eventOf(call: string, args: string, result: string, from: number): DiskEvent | null {
    if (call === "openat") return this.#open(args, result);
    if (/^(rename|unlink|link)/.test(call)) return this.#naming(call, args);
    const fd = Number.parseInt(args, 10);
    if (call === "close") this.#positions.delete(fd);
    const path = textOf(/^\d+<([^>]*)>/.exec(args)?.[1] ?? "");
    // Of a file that has no name any more nothing is left.
    if (call === "close" || path === "" || path.endsWith(" (deleted)")) return null;
    if (!this.#isWatched(path)) {
      const isSaid = /^(write|writev|sendmsg|sendto)$/.test(call) && isOutside(path);
      return isSaid ? { kind: "said", text: saidIn(args) } : null;
    }
    const last = Number(args.slice(args.lastIndexOf(", ") + 2));
    const done = Number(result);
    switch (call) {
      case "write": {
        const offset = this.#positions.get(fd) ?? 0;
        this.#positions.set(fd, offset + done);
        return { kind: "write", path, offset, bytes: writtenIn(args, path, done) };
      }
      case "pwrite64":
        return { kind: "write", path, offset: last, bytes: writtenIn(args, path, done) };
      case "ftruncate":
        return { kind: "truncate", path, size: last };
      case "fsync":
      case "fdatasync":
        return { kind: "sync", path, from };
      case "lseek":
        this.#positions.set(fd, done);
        return null;
      default:
        throw new Error(`the recording has a ${call} of ${path}, which cannot be played back`);
    }
  }

  #isWatched(path: string): boolean {
    return path.startsWith(this.#folder) || `${path}/` === this.#folder;
  }

  #open(args: string, result: string): DiskEvent | null {
    const [, name = "", flags = ""] = /"([^"]*)", ([A-Z_|]+)/.exec(args) ?? [];
    const path = textOf(name);
    if (!this.#isWatched(path)) return null;
    this.#positions.set(Number.parseInt(result, 10), 0);
    if (flags.includes("O_APPEND")) throw new Error(`${path} is appended to, which cannot be played back`);
    const [creates, empties] = [flags.includes("O_CREAT"), flags.includes("O_TRUNC")];
    return creates || empties ? { kind: "open", path, creates, empties } : null;
  }

  #naming(call: string, args: string): DiskEvent | null {
    const [path = "", to = ""] = stringsIn(args).map(textOf);
    if (!this.#isWatched(path) || args.includes("AT_REMOVEDIR")) return null;
    if (call.startsWith("link")) throw new Error(`${path} is linked, which cannot be played back`);
    return call.startsWith("rename") ? { kind: "rename", path, to } : { kind: "unlink", path };
  }
}

function stringsIn(args: string): string[] {
  return [...args.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text);
}

function saidIn(args: string): string {
  return stringsIn(args.slice(0, 4 * mostSaid))
    .map(textOf)
    .join("");
}

function writtenIn(args: string, path: string, length: number): Buffer {
  const bytes = bytesOf(args.slice(args.indexOf('"') + 1, args.lastIndexOf('"')));
  if (bytes.length < length) throw new Error(`the recording of a write to ${path} was cut short`);
  return bytes.subarray(0, length);
}

/** What others can hear: a socket, a pipe. */
function isOutside(path: string): boolean {
  return /^(socket|pipe|TCP|UNIX)/.test(path);
}

function bytesOf(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll("\\x", ""), "hex");
}

function textOf(escaped: string): string {
  return escaped.startsWith("\\x") ? bytesOf(escaped).toString("utf8") : escaped;
}
