import { randomUUID } from "node:crypto";
import { assertionOf, makeKeys, proofOf, publicOf } from "../../runner/src/identity.ts";

type Json = Record<string, unknown>;

/** What the gateway answered. */
export interface Said {
  status: number;
  json: Json;
}

/** A runner that has keys and says whatever a test wants, one request at a time. */
export class BareRunner {
  readonly url: string;
  readonly name: string;
  readonly id: string;
  readonly keys: Awaited<ReturnType<typeof makeKeys>>;
  token = "";
  epoch = 0;

  private constructor(url: string, name: string, id: string, keys: BareRunner["keys"]) {
    this.url = url;
    this.name = name;
    this.id = id;
    this.keys = keys;
  }

  /** What the gateway says to an enrolment under this name, with new keys. */
  static async tryToEnrol(
    url: string,
    token: string,
    name: string,
  ): Promise<Said & { keys: BareRunner["keys"] }> {
    const keys = await makeKeys();
    const body = {
      token,
      name,
      signingKey: publicOf(keys.signingKey),
      sealingKey: publicOf(keys.sealingKey),
      proof: await proofOf(keys, token),
    };
    return { ...(await post(`${url}/runner/v1/enroll`, body, {})), keys };
  }

  /** Enrols and opens a session. */
  static async join(url: string, token: string, name: string): Promise<BareRunner> {
    const { status, json, keys } = await BareRunner.tryToEnrol(url, token, name);
    if (status !== 201) throw new Error(`not enrolled: ${JSON.stringify(json)}`);
    const runner = new BareRunner(url, name, String(json.runner), keys);
    await runner.renewToken();
    await runner.openSession();
    return runner;
  }

  /** Asks for an access token; what the gateway says. */
  async renewToken(): Promise<Said> {
    const identity = { ...this.keys, runner: this.id, name: this.name, gateway: this.url } as never;
    const assertion = await assertionOf(identity, `${this.url}/runner/v1/token`, Date.now());
    const said = await post(`${this.url}/runner/v1/token`, { assertion }, {});
    if (said.status === 200) this.token = String(said.json.accessToken);
    return said;
  }

  async openSession(instanceId: string = randomUUID(), more: Json = {}): Promise<Said> {
    const facts = { os: "linux", arch: "x64", cpus: 1, memoryBytes: 2 ** 30, runtimes: ["typescript"] };
    const about = {
      bootId: "boot",
      instanceId,
      version: "0.1.0",
      capacity: 1,
      capabilities: ["process"],
      facts,
    };
    const said = await this.say("POST", "/session", { ...about, ...more });
    if (said.status === 200) this.epoch = Number(said.json.epoch);
    return said;
  }

  /** One request of the runner protocol, as this runner. */
  say(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Said> {
    const own = { authorization: `Bearer ${this.token}`, "pulse-epoch": String(this.epoch), ...headers };
    return post(`${this.url}/runner/v1${path}`, body, own, method);
  }

  /** Waits for work for `waitMs`. */
  sync(n: number, waitMs: number): Promise<Said> {
    return this.say("POST", "/sync", { n, waitMs, free: 1, state: "active", warm: [], running: [] });
  }
}

async function post(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  method = "POST",
): Promise<Said> {
  const init = { method, headers: { "content-type": "application/json", "pulse-protocol": "1", ...headers } };
  const response = await fetch(url, method === "GET" ? init : { ...init, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, json: text.startsWith("{") ? (JSON.parse(text) as Json) : {} };
}
