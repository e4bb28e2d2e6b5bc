import type { CommandSpec, RequestWork } from "@pulse/schema/wire/command";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import type { HttpJob } from "../advance/commands.ts";
import type { Sealed } from "../advance/sealed.ts";
import type { OpenRun } from "../runs/open-run.ts";
import type { Submitted } from "../runs/outside.ts";
import { traceparentIn } from "../runs/run-trace.ts";
import { type AskedJob, handIn, notDone } from "./hand-in.ts";
import { bodyOf, headersOf, isBodiless } from "./request-parts.ts";

const usualTimeoutMs = 30_000;
const timeoutMost = 600_000;
const notTaken = "makes no requests for workflows: its owner lets it with PULSE_REQUESTS";

type Pieces = RequestWork["headers"][number][1];

/** Hands a request of a run in for one runner, or finds the one that was handed in before. */
export async function submitRequest(
  deps: { ports: Ports; hub: Hub },
  run: OpenRun,
  asked: AskedJob,
  job: HttpJob,
): Promise<Submitted> {
  const method = job.request.method.toUpperCase();
  const body = bodyOf(job.request.body);
  if (body !== null && isBodiless(method))
    return notDone("invalid_request", `a ${method} request has no body`);
  const sealed = secretsApart(job.request.headers);
  // A request of each target is one of its own.
  const key = `${run.id}:${asked.step}@${asked.target.id}`;
  const traceparent = traceparentIn(deps.ports, run, `${asked.key}@${asked.target.id}`);
  const headers = headersOf(sealed.headers, { key, depth: run.depth + 1, type: body?.type, traceparent });
  const work: RequestWork = {
    is: "request",
    // What it may be is checked where the execution is made.
    method: method as RequestWork["method"],
    url: job.request.url,
    headers: headers.map(([name, value]) => [name, typeof value === "string" ? [value] : value]),
    body: body?.text ?? null,
  };
  return await handIn(deps, run, asked, {
    ...{ job, capability: "requests", notTaken },
    timeoutMs: Math.min(job.timeoutMs ?? usualTimeoutMs, timeoutMost),
    spec: { work, settings: { secrets: sealed.secrets } },
  });
}

/** Headers with names in place of their secrets, and what these stand for. */
export function secretsApart(headers: Readonly<Record<string, Sealed>>): {
  headers: [string, Pieces][];
  secrets: NonNullable<CommandSpec["settings"]["secrets"]>;
} {
  const names = new Map<string, string>();
  const nameOf = (reference: string): string => {
    const name = names.get(reference) ?? `SECRET_${names.size + 1}`;
    names.set(reference, name);
    return name;
  };
  const made = Object.entries(headers).map(([name, value]): [string, Pieces] => [
    name,
    typeof value === "string"
      ? [value]
      : value.$parts.map((part) => (typeof part === "string" ? part : { secret: nameOf(part.$secret) })),
  ]);
  const secrets = Object.fromEntries([...names].map(([reference, name]) => [name, reference]));
  return { headers: made, secrets };
}
