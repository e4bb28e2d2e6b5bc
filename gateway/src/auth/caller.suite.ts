import type { Role } from "@pulse/schema/roles";
import { HttpRunner, origin, TestGateway } from "../runners/gateway.suite.ts";
import { makeParts } from "../runners/parts.suite.ts";
import { createRunnerTokens } from "../runners/token.ts";
import type { CredentialKind } from "./authorisation.ts";
import { createKeyRing } from "./keys.ts";
import { createPeopleStore } from "./people/store.ts";
import { openSession } from "./sessions.ts";
import { signInAs } from "./sign-in-as.ts";

type Headers = Record<string, string>;
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

/** Sends requests to a gateway with every kind of credential, each made the way users and runners get theirs. */
export class Caller {
  readonly gateway: TestGateway;
  readonly #headers = new Map<CredentialKind, () => Headers | Promise<Headers>>();
  #number = 0;

  private constructor(gateway: TestGateway) {
    this.gateway = gateway;
  }

  get problems(): unknown[] {
    return this.gateway.parts.problems;
  }

  static async make(): Promise<Caller> {
    const caller = new Caller(await TestGateway.start({ isCompatible: true, hasGraphql: true }));
    await caller.gateway.addFunction("private");
    await caller.gateway.addFunction("open", { endpoint: { auth: "public" } });
    await caller.#makeRunners();
    await caller.#makeKeys();
    await caller.#makeSessions();
    await caller.#makePeople();
    return caller;
  }

  /** The credential stands where a caller would put it; calls under `/f/` are not waited for. */
  async send(kind: CredentialKind, method: string, path: string): Promise<Response> {
    const headers = (await this.#headers.get(kind)?.()) ?? {};
    const inQuery = kind === "a key in the query string";
    const target = inQuery ? `${path}?key=${this.gateway.key}&access_token=${this.gateway.key}` : path;
    const hasBody = method !== "GET" && method !== "HEAD";
    return await this.gateway.sendRaw(target, {
      method,
      headers: { "pulse-protocol": "1", prefer: "respond-async", ...headers, ...(hasBody ? json : {}) },
      ...(hasBody ? { body: "{}" } : {}),
    });
  }

  close(): void {
    this.gateway.close();
  }

  async #key(
    scopes: string[],
    more: { project?: string; expiresAt?: number; ownerId?: string } = {},
  ): Promise<string> {
    const { expiresAt = null, ownerId = null } = more;
    const made = { name: `key-${++this.#number}`, scopes, expiresAt, ownerId };
    return (await createKeyRing(this.gateway.parts.ports).create(more.project ?? "default", made)).key;
  }

  async #makeKeys(): Promise<void> {
    const { clock } = this.gateway.parts;
    const give = (kind: CredentialKind, token: string) => this.#headers.set(kind, () => bearer(token));
    give("a bearer token that is none of ours", "0123456789abcdef");
    this.#headers.set("another authorization scheme", () => ({ authorization: "Basic YWRtaW46YWRtaW4=" }));
    give("an unknown key", `pk_${"x".repeat(43)}`);
    give("an expired key", await this.#key(["admin"], { expiresAt: clock.now() + 1000 }));
    await clock.advance(1000);
    const revoked = await this.#key(["admin"]);
    await createKeyRing(this.gateway.parts.ports).revoke("default", `key-${this.#number}`);
    give("a revoked key", revoked);
    give("a key: read", await this.#key(["read"]));
    give("a key: execute", await this.#key(["execute"]));
    give("a key: deploy", await this.#key(["deploy"]));
    give("a key: admin", await this.#key(["admin"]));
    give("a key: admin of another project", await this.#key(["admin"], { project: "other" }));
    give("a key: gateway", await this.#key(["gateway"]));
    give("a key: invoke of every function", await this.#key(["invoke:*"]));
    give("a key: invoke of this function", await this.#key(["invoke:private", "invoke:open"]));
    give("a key: invoke of another function", await this.#key(["invoke:else"]));
  }

  async #makeSessions(): Promise<void> {
    const { deps } = this.gateway.parts;
    const cookieOf = async (key: string) =>
      (await openSession(deps, key, from)).cookie.split(";", 1)[0] ?? "";
    const [admin, reader, revoked] = [
      await this.#key(["admin"]),
      await this.#key(["read"]),
      await this.#key(["admin"]),
    ];
    // Made anew for every request, for one of them ends the session.
    const give = (kind: CredentialKind, key: string, more: Headers) =>
      this.#headers.set(kind, async () => ({ cookie: await cookieOf(key), ...more }));
    give("a session, from our origin", admin, { origin });
    give("a session, from another origin", admin, { origin: "https://evil.example.test" });
    give("a session, from no origin", admin, {});
    give("a session of a reader", reader, { origin });
    const cookie = await cookieOf(revoked);
    await createKeyRing(deps.ports).revoke("default", `key-${this.#number}`);
    this.#headers.set("a session of a revoked key", () => ({ cookie, origin }));
  }

  /** Adds a person, with a role in a project unless there is none. */
  async #person(role: Role | null, project = "default"): Promise<string> {
    const id = `usr_${++this.#number}`;
    const row = { id, username: id, name: id, source: "oidc" as const, subject: id, createdAt: 0 };
    const given = role === null ? [] : [{ project, role, origin: "given" as const }];
    await createPeopleStore(this.gateway.parts.ports.database).insert(row, given);
    return id;
  }

  async #makePeople(): Promise<void> {
    const { deps, ports } = this.gateway.parts;
    const store = createPeopleStore(ports.database);
    const cookieFor = async (id: string) => {
      const who = { source: "oidc", subject: id, username: id, name: id, email: null, groups: null } as const;
      return (await signInAs(deps, who, from)).cookie.split(";", 1)[0] ?? "";
    };
    // Made anew for every request, for one of them ends the session.
    const give = (kind: CredentialKind, id: string, more: Headers = { origin }) =>
      this.#headers.set(kind, async () => ({ cookie: await cookieFor(id), ...more }));
    give("a person: viewer", await this.#person("viewer"));
    give("a person: operator", await this.#person("operator"));
    give("a person: developer", await this.#person("developer"));
    give("a person: admin of the project", await this.#person("admin"));
    const admin = await this.#person("admin", "*");
    give("a person: admin of the gateway", admin);
    const elsewhere = { origin: "https://evil.example.test" };
    give("a person: admin of the gateway, from another origin", admin, elsewhere);
    const stranger = await this.#person("admin", "other");
    give("a person: admin of another project", stranger);
    const names = { origin, "pulse-project": "default" };
    give("a person who names a project that is not theirs", stranger, names);
    give("a person without a role", await this.#person(null));
    const disabled = await this.#person("admin");
    const cookie = await cookieFor(disabled);
    this.#headers.set("a disabled person", () => ({ cookie, origin }));
    const viewers = await this.#key(["admin"], { ownerId: await this.#person("viewer") });
    const left = await this.#key(["admin"], { ownerId: disabled });
    await store.update(disabled, { disabledAt: ports.now() });
    this.#headers.set("a key: admin, of a viewer", () => bearer(viewers));
    this.#headers.set("a key of a disabled person", () => bearer(left));
  }

  async #makeRunners(): Promise<void> {
    const authorizationOf = async (name: string): Promise<Headers> => {
      const { authorization = "" } = (await HttpRunner.join(this.gateway, name)).headers();
      return { authorization };
    };
    const expired = await authorizationOf("early");
    await this.gateway.parts.clock.advance(15 * 60_000);
    const deleted = await authorizationOf("deleted");
    await this.gateway.call("/v1/runners/deleted", { method: "DELETE" });
    const runner = await HttpRunner.join(this.gateway, "one");
    const elsewhere = await makeParts();
    const foreign = await createRunnerTokens(elsewhere.ports).issue({
      id: runner.id,
      project: "default",
      name: "one",
    });
    elsewhere.close();
    this.#headers.set("a runner's expired token", () => expired);
    this.#headers.set("a deleted runner's token", () => deleted);
    this.#headers.set("a runner's token", () => ({ authorization: runner.headers().authorization ?? "" }));
    this.#headers.set("a runner's token of another gateway", () => bearer(foreign.accessToken));
  }
}

const from = { request: new Request(origin), address: null };
const json: Headers = { "content-type": "application/json" };
