import { readTraceparent } from "@pulse/schema/trace-context";
import type { Job } from "@pulse/schema/wire/job";

/** What lines for the operator are written with. */
export interface LogAbout {
  format: "text" | "json";
  write(line: string): void;
  /** The time of a line, ISO 8601. */
  now(): string;
  /** The job of an execution that runs here; undefined: there is none. */
  jobOf(execution: string): Job | undefined;
  /** A text without the secrets of jobs. */
  hide(text: string): string;
}

const executionId = /\bexe_[0-9a-hjkmnp-tv-z]{26}\b/;

/** Writes lines for the operator, without the secrets of any job: to be read, or as JSON objects, one a line, with the ids of the execution that a line is about. */
export function sayTo(about: LogAbout): (line: string) => void {
  const { format, write, hide } = about;
  if (format === "text") return (line) => write(`runner: ${hide(line)}\n`);
  return (line) => {
    const level = line.startsWith("✗") ? "error" : "info";
    const message = hide(line);
    write(`${JSON.stringify({ time: about.now(), level, message, ...idsOf(about, line) })}\n`);
  };
}

function idsOf({ jobOf }: LogAbout, line: string): Record<string, string> {
  const execution = executionId.exec(line)?.[0];
  if (execution === undefined) return {};
  const job = jobOf(execution);
  const traceId = readTraceparent(job?.traceparent)?.traceId;
  const headers = job?.kind === "function" ? job.spec.request.headers : [];
  const requestId = headers.find(([name]) => name === "x-request-id")?.[1];
  return {
    execution,
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}
