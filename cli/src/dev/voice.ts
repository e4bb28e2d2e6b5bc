import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { ExecutionView, LogLineView } from "@pulse/schema/wire/executions";
import { messageOf } from "../failure.ts";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { codeFrame, type Place, placeIn, withoutPlace } from "./code-frame.ts";
import type { TailEvent } from "./tail-calls.ts";

interface Reloaded {
  name: string;
  version: number;
  paths: readonly string[];
  ms: number;
}

interface FailedReload {
  error: unknown;
  paths: readonly string[];
  ms: number;
  /** The version that goes on serving; null: none yet. */
  serving: number | null;
}

/** What `pulse dev` says: calls and their logs on stdout, reloads on stderr; with `--json` everything as NDJSON on stdout. */
export class DevVoice {
  readonly #session: Session;
  readonly #dir: string;
  readonly #alias: string;
  /** The version whose files are the ones on disk. */
  #onDisk: number | null = null;

  constructor(session: Session, dir: string, alias: string) {
    this.#session = session;
    this.#dir = dir;
    this.#alias = alias;
  }

  /** A version serves. */
  reloaded({ name, version, paths, ms }: Reloaded): void {
    this.#onDisk = version;
    const { json, colours, messages } = this.#session;
    const alias = this.#alias;
    if (json) {
      this.#event({ type: "reloaded", function: name, version, alias, paths, ms });
      return;
    }
    const text = fill(paths.length === 0 ? messages.loaded : messages.reloaded, { name, version, ms, alias });
    this.#news(`${colours.green("✓")} ${changed(paths)}${text}`);
  }

  /** A version could not be made; where in the user's own code, when that is known. */
  failed({ error, paths, ms, serving }: FailedReload): void {
    this.#onDisk = null;
    const { json, colours, messages } = this.#session;
    const message = messageOf(this.#session, error);
    const { log: kept } = (error instanceof ProblemError ? error.extras.members : undefined) ?? {};
    const log = typeof kept === "string" ? kept : "";
    const place = placeIn(message, log, this.#filesNamed(message));
    if (json) {
      const problem =
        error instanceof ProblemError
          ? { ...error.toDocument(), ...error.extras.members }
          : { detail: message };
      this.#event({ type: "reload_failed", paths, ms, serving, ...(place ?? {}), problem });
      return;
    }
    const text = place === null ? message : withoutPlace(message, place);
    this.#news(`${colours.red("✗")} ${changed(paths)}${fill(messages.reloadFailed, { ms })}  ${text}`);
    this.#frame(place, (line) => this.#session.line(line));
    for (const { pointer, detail } of (error instanceof ProblemError && error.extras.errors) || [])
      this.#session.line(`    ${pointer}: ${detail}`);
    if (place === null && log !== "") this.#session.line(log.replace(/^/gm, "    │ "));
    if (serving !== null)
      this.#session.line(
        colours.dim(`    ${fill(messages.stillServes, { version: serving, alias: this.#alias })}`),
      );
  }

  /** A line of a call's log, or a call's end. */
  tell(event: TailEvent): void {
    if (this.#session.json) this.#event(event);
    else if (event.type === "log") this.#log(event.line);
    else this.#call(event.execution);
  }

  #log({ time, level, stream, text, fields }: LogLineView): void {
    const { colours } = this.#session;
    const colour = level === "error" ? colours.red : level === "warn" ? colours.yellow : colours.dim;
    const more =
      fields === undefined || Object.keys(fields).length === 0
        ? ""
        : ` ${colours.dim(JSON.stringify(fields))}`;
    const mark = stream === "log" ? level : stream;
    this.#out(`${colours.dim(clock(time))}  ${colour(mark.padEnd(6))} ${text}${more}`);
  }

  #call({ name, version, status, http, timing, error, id, endedAt, createdAt }: ExecutionView): void {
    const { colours } = this.#session;
    const isWell = status === "succeeded" && (http?.status ?? 200) < 500;
    const mark = isWell ? colours.green("✓") : colours.red("✗");
    const totalMs = endedAt === null ? (timing.runMs ?? 0) : Date.parse(endedAt) - Date.parse(createdAt);
    const parts = [
      `v${version}`,
      isWell ? String(http?.status ?? status) : status,
      `${Math.round(totalMs)} ms`,
      id,
    ];
    this.#out(
      `${colours.dim(clock(endedAt ?? createdAt))}  ${mark} ${name} ${colours.dim(parts.join(" · "))}`,
    );
    if (error === null) return;
    this.#out(`    ${colours.red(error.message)}`);
    const place =
      error.file === undefined || error.line === undefined ? null : { file: error.file, line: error.line };
    this.#frame(place, (line) => this.#out(line), version === this.#onDisk);
  }

  #frame(place: Place | null, write: (line: string) => void, isOnDisk = true): void {
    if (place === null) return;
    const path = join(this.#dir, place.file);
    const { colours } = this.#session;
    const column = place.column === undefined ? "" : `:${place.column}`;
    write(`    ${colours.cyan(`${place.file}:${place.line}${column}`)}`);
    if (!isOnDisk || !existsSync(path)) return;
    const frame = codeFrame(readFileSync(path, "utf8"), place);
    if (frame !== "") write(frame.replace(/^/gm, "    "));
  }

  /** The file that a message begins with, when it is one of this folder. */
  #filesNamed(message: string): string[] {
    const file = /^(.+?):\d+: /s.exec(message)?.[1];
    return file !== undefined && !file.includes("..") && existsSync(join(this.#dir, file)) ? [file] : [];
  }

  #news(text: string): void {
    this.#session.line(`${this.#session.colours.dim(clock(new Date().toISOString()))}  ${text}`);
  }

  #out(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  #event(event: object): void {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }
}

function changed(paths: readonly string[]): string {
  if (paths.length === 0) return "";
  const shown = paths.slice(0, 3).join(", ");
  return `${shown}${paths.length > 3 ? ` +${paths.length - 3}` : ""}  `;
}

/** The local time of day of an instant. */
function clock(time: string): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((one) => String(one).padStart(2, "0"))
    .join(":");
}
