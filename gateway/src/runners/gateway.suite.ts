import { aliases, functions, versions } from "@pulse/schema/tables";
import type { Job, Outcome } from "@pulse/schema/wire/job";
import { liveSettings, versionSettings } from "@pulse/schema/wire/manifest";
import type { SyncRequest } from "@pulse/schema/wire/runner-protocol";
import { createApp } from "../app.ts";
import { createKeyRing } from "../auth/keys.ts";
import type { Deps } from "../http/context.ts";
import { RunnerIdentity } from "./identity.suite.ts";
import { succeeded } from "./joined.suite.ts";
import { makeParts, type Parts } from "./parts.suite.ts";

export const origin = "http://localhost:8787";

/** A whole gateway without a socket: requests go to the app as the platform hands them over. */
export class TestGateway {
  readonly parts: Parts;
  readonly key: string;
  readonly #app: ReturnType<typeof createApp>;

  private constructor(parts: Parts, key: string) {
    this.parts = parts;
    this.key = key;
    this.#app = createApp(parts.deps);
  }

  static async start(config: Partial<Deps["config"]> = {}): Promise<TestGateway> {
    const parts = await makeParts();
    Object.assign(parts.deps.config, config);
    const made = { name: "admin", scopes: ["admin", "gateway"], expiresAt: null };
    const { key } = await createKeyRing(parts.ports).create("default", made);
    return new TestGateway(parts, key);
  }

  /** Sends a request as it is. */
  async send(path: string, init: RequestInit & { duplex?: "half" } = {}): Promise<Response> {
    return await this.#app.fetch(new Request(origin + path, init));
  }

  /** Sends a request whose target is written exactly so, as Node hands it over. */
  async sendRaw(target: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(/^https?:/.test(target) ? target : origin + target, init);
    const rawHeaders = [...request.headers].flat();
    return await this.#app.fetch(request, { incoming: { url: target, rawHeaders } });
  }

  /** Sends a request with the admin key. */
  call(path: string, init: RequestInit & { duplex?: "half" } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.key}`);
    return this.send(path, { ...init, headers });
  }

  /** Puts a function with one ready version into the tables, as a finished deploy leaves it. */
  async addFunction(
    name: string,
    live: Parameters<typeof liveSettings.parse>[0] = {},
    versioned: Parameters<typeof versionSettings.parse>[0] = {},
  ): Promise<void> {
    const { orm } = this.parts.ports.database;
    const now = this.parts.clock.now();
    const ids = { functionId: `fn_${name}`, id: `ver_${name}` };
    const project = "default";
    await orm.insert(functions).values({
      id: ids.functionId,
      project,
      name,
      settings: liveSettings.parse(live),
      latest: 1,
      createdAt: now,
      updatedAt: now,
    });
    await orm.insert(versions).values({
      ...ids,
      project,
      number: 1,
      status: "ready",
      runtime: "typescript",
      entry: "index.ts",
      settings: versionSettings.parse(versioned),
      contentSha256: "0".repeat(64),
      bundleSha256: "1".repeat(64),
      bundleBytes: 1,
      kinds: [],
      createdAt: now,
      readyAt: now,
    });
    await orm
      .insert(aliases)
      .values({ project, functionId: ids.functionId, name: "live", versionId: ids.id, movedAt: now });
  }

  close(): void {
    this.parts.close();
  }
}

/** A runner that speaks the protocol over HTTP. */
export class HttpRunner {
  readonly identity: RunnerIdentity;
  readonly id: string;
  readonly #gateway: TestGateway;
  #token = "";
  #epoch = 0;
  #n = 0;

  private constructor(gateway: TestGateway, identity: RunnerIdentity, id: string) {
    this.#gateway = gateway;
    this.identity = identity;
    this.id = id;
  }

  /** Enrols with a real token, gets an access token and opens a session. */
  static async join(gateway: TestGateway, name = "one"): Promise<HttpRunner> {
    const made = await gateway.call("/v1/enrolment-tokens", { method: "POST" });
    const { token } = await made.json();
    const identity = await RunnerIdentity.make();
    const enrolled = await gateway.send("/runner/v1/enroll", {
      method: "POST",
      headers: { "pulse-protocol": "1", "content-type": "application/json" },
      body: JSON.stringify(await identity.enrolment(token, name)),
    });
    const runner = new HttpRunner(gateway, identity, (await enrolled.json()).runner);
    const assertion = await identity.assertion(runner.id, gateway.parts.clock.now());
    runner.#token = (await (await runner.post("/token", { assertion })).json()).accessToken;
    await runner.open();
    return runner;
  }

  /** Opens a session, as its next process does with another `instanceId`; `facts` beside the usual ones. */
  async open({
    facts = {},
    ...more
  }: {
    instanceId?: string;
    version?: string;
    facts?: object;
  } = {}): Promise<Response> {
    const answer = await this.post("/session", {
      ...{ ...sessionBody, ...more },
      facts: { ...sessionBody.facts, ...facts },
    });
    this.#epoch = (await answer.clone().json()).epoch;
    this.#n = 0;
    return answer;
  }

  /** Headers of a call, with the fence of an execution's. */
  headers(fence?: number): Record<string, string> {
    return {
      "pulse-protocol": "1",
      "pulse-epoch": String(this.#epoch),
      ...(this.#token === "" ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(fence === undefined ? {} : { "pulse-fence": String(fence) }),
    };
  }

  send(path: string, init: RequestInit & { duplex?: "half" } = {}, fence?: number): Promise<Response> {
    const headers = { ...this.headers(fence), ...Object.fromEntries(new Headers(init.headers)) };
    return this.#gateway.send(`/runner/v1${path}`, { ...init, headers });
  }

  post(path: string, body: unknown, fence?: number): Promise<Response> {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    return this.send(path, init, fence);
  }

  async sync(change: Partial<SyncRequest> = {}) {
    const request = {
      n: ++this.#n,
      waitMs: 30_000,
      free: 4,
      state: "active",
      warm: [],
      running: [],
      ...change,
    };
    return await (await this.post("/sync", request)).json();
  }

  /** The next job. */
  async take(): Promise<Extract<Job, { kind: "function" }>> {
    const { jobs } = await this.sync();
    if (jobs[0] === undefined) throw new Error("no job came");
    return jobs[0];
  }

  async complete({ execution, fence }: Pick<Job, "execution" | "fence">, outcome: Partial<Outcome> = {}) {
    const outcomes = [{ execution, fence, outcome: succeeded(outcome) }];
    return await (await this.post("/complete", { outcomes, want: 0 })).json();
  }

  /** Takes the next job and answers it with a body. */
  async answer(
    body: string,
    response: { status?: number; headers?: [string, string][] } = {},
  ): Promise<Extract<Job, { kind: "function" }>> {
    const job = await this.take();
    const { status = 200, headers = [] } = response;
    await this.complete(job, { response: { status, headers, body: { base64: btoa(body) } } });
    return job;
  }

  /** Streams a response for a job. */
  stream(
    job: Pick<Job, "execution" | "fence">,
    body: ReadableStream<Uint8Array>,
    headers: [string, string][] = [],
  ): Promise<Response> {
    const head = Buffer.from(JSON.stringify({ status: 200, headers })).toString("base64url");
    const init = { method: "POST", body, duplex: "half" as const };
    const about = { "pulse-response-head": head, "content-type": "application/octet-stream" };
    return this.send(`/executions/${job.execution}/response`, { ...init, headers: about }, job.fence);
  }
}

const sessionBody = {
  bootId: "boot",
  instanceId: "instance",
  version: "0.1.0",
  capacity: 4,
  capabilities: ["process"],
  facts: { os: "linux", arch: "x64", cpus: 2, memoryBytes: 1, runtimes: ["typescript"] },
};
