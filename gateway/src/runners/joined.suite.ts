import { randomUUID } from "node:crypto";
import type { Job, Outcome } from "@pulse/schema/wire/job";
import type { Completion, SyncRequest } from "@pulse/schema/wire/runner-protocol";
import type { Holder } from "../hub.ts";
import { enrol, makeEnrolmentToken } from "./enrol.ts";
import { RunnerIdentity } from "./identity.suite.ts";
import { completeWithLogs } from "./logs.ts";
import type { Parts } from "./parts.suite.ts";
import { openSession } from "./session.ts";

const never = new AbortController().signal;

/** A runner that enrolled and opened its session, driven by a test without HTTP. */
export class JoinedRunner {
  readonly id: string;
  readonly holder: Holder;
  readonly #parts: Parts;
  #n = 0;

  private constructor(parts: Parts, holder: Holder) {
    this.#parts = parts;
    this.holder = holder;
    this.id = holder.runner;
  }

  static async join(
    parts: Parts,
    name = "one",
    project = "default",
    ephemeral = false,
  ): Promise<JoinedRunner> {
    const identity = await RunnerIdentity.make();
    const grant = { project, pool: "default", labels: {}, ephemeral, uses: 1, expiresInMs: 60_000 };
    const { token } = await makeEnrolmentToken(parts.ports, grant);
    const { runner } = await enrol(parts.ports, await identity.enrolment(token, name));
    const { epoch } = await JoinedRunner.session(parts, runner);
    return new JoinedRunner(parts, { runner, epoch });
  }

  /** Opens a session for a runner. */
  static session(
    parts: Parts,
    runner: string,
    inFlight: Parameters<typeof openSession>[2]["inFlight"] = [],
    instanceId: string = randomUUID(),
  ) {
    return openSession(parts.deps, runner, {
      bootId: "boot",
      instanceId,
      version: "0.1.0",
      capacity: 4,
      capabilities: ["process", "stream", "build", "commands", "requests"],
      facts: { os: "linux", arch: "x64", cpus: 2, memoryBytes: 2 ** 32, runtimes: ["typescript", "python"] },
      preparing: null,
      inFlight,
    });
  }

  sync(change: Partial<SyncRequest> = {}) {
    const request = {
      n: ++this.#n,
      waitMs: 30_000,
      free: 4,
      state: "active" as const,
      warm: [],
      running: [],
    };
    return this.#parts.deps.hub.sync({ holder: this.holder, request: { ...request, ...change } }, never);
  }

  /** The next job. */
  async take(): Promise<Job> {
    const { jobs } = await this.sync();
    const [job] = jobs;
    if (job === undefined) throw new Error("no job came");
    return job;
  }

  complete(job: Pick<Job, "execution" | "fence">, outcome: Partial<Outcome> = {}, logs?: Completion["logs"]) {
    const { execution, fence } = job;
    const completion = {
      execution,
      fence,
      outcome: succeeded(outcome),
      ...(logs === undefined ? {} : { logs }),
    };
    return completeWithLogs(this.#parts.deps, this.holder, [completion], 0);
  }
}

/** A succeeded outcome that answers `{"ok":true}`; `change` overrides. */
export function succeeded(change: Partial<Outcome> = {}): Outcome {
  const body = { base64: Buffer.from('{"ok":true}').toString("base64") };
  return {
    status: "succeeded",
    reason: null,
    error: null,
    permanent: false,
    retryAfterMs: null,
    response: { status: 200, headers: [["content-type", "application/json"]], body },
    built: null,
    timing: { runMs: 4, startMs: 1, initMs: 0, start: "warm" },
    truncated: false,
    logs: { lastSeq: 0, bytes: 0 },
    ...change,
  };
}
