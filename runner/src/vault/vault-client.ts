import { ProblemError } from "@pulse/schema/problem";
import type { VaultReference } from "@pulse/schema/secret";
import * as z from "zod";

/** How a runner reaches its own HashiCorp Vault. */
export interface VaultConfig {
  /** Origin, and the path before `/v1` where there is one. */
  address: string;
  /** Where the KV engine (version 2) is mounted. */
  mount: string;
  namespace: string | null;
  /** Reads the credential anew each time, for an agent may renew its file. */
  login:
    | { by: "token"; token: () => Promise<string> }
    | { by: "approle"; roleId: string; secretId: () => Promise<string> };
  /** How long a value that was read is used again, milliseconds. */
  cacheMs: number;
}

const requestMs = 5000;
const early = 0.8;
const cachedMost = 500;

const secretAnswer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()).nullable() }) });
const loginAnswer = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number() }),
});

/**
 * Reads secrets of a Vault's KV engine, version 2. What was read is kept in memory for a while; several who ask at once share one request. Every fault is
 * `secret_unavailable` with words that hold neither a credential nor a value.
 */
export class VaultClient {
  readonly #config: VaultConfig;
  readonly #now: () => number;
  readonly #kept = new Map<string, { at: number; fields: Promise<Record<string, unknown>> }>();
  #token: { value: string; until: number } | null = null;

  constructor(config: VaultConfig, now: () => number = Date.now) {
    this.#config = config;
    this.#now = now;
  }

  /** The text that a reference names. Throws `secret_unavailable`. */
  async read(reference: VaultReference): Promise<string> {
    const fields = await this.#fieldsOf(reference.path);
    const value = Object.hasOwn(fields, reference.field) ? fields[reference.field] : undefined;
    if (typeof value === "string") return value;
    const what =
      value === undefined ? `has no field ${reference.field}` : `has no text in its field ${reference.field}`;
    throw fault(`the secret ${reference.path} of the runner's Vault ${what}`);
  }

  #fieldsOf(path: string): Promise<Record<string, unknown>> {
    const known = this.#kept.get(path);
    if (known !== undefined && this.#now() - known.at < this.#config.cacheMs) return known.fields;
    const fields = this.#fetch(path);
    const entry = { at: this.#now(), fields };
    this.#kept.delete(path);
    this.#kept.set(path, entry);
    fields.catch(() => {
      if (this.#kept.get(path) === entry) this.#kept.delete(path);
    });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= cachedMost) break;
      this.#kept.delete(oldest);
    }
    return fields;
  }

  async #fetch(path: string): Promise<Record<string, unknown>> {
    const { mount } = this.#config;
    const place = `/v1/${mount}/data/${path.split("/").map(encodeURIComponent).join("/")}`;
    let answer = await this.#ask("GET", place, await this.#credential());
    if (answer.status === 403 && this.#config.login.by === "approle") {
      // The token may have been revoked before its time.
      this.#token = null;
      answer = await this.#ask("GET", place, await this.#credential());
    }
    if (answer.status === 404) throw fault(`the runner's Vault has no secret ${path} under ${mount}/`);
    if (answer.status === 403) throw fault(`the runner's Vault does not let this runner read ${path}`);
    if (answer.status !== 200)
      throw fault(`the runner's Vault answered ${answer.status} for ${path}${sealedHint(answer.status)}`);
    const parsed = secretAnswer.safeParse(answer.body);
    if (!parsed.success)
      throw fault(`the runner's Vault answered for ${path} with something that is no secret of KV version 2`);
    const { data } = parsed.data.data;
    if (data === null) throw fault(`the newest version of ${path} in the runner's Vault is deleted`);
    return data;
  }

  async #credential(): Promise<string> {
    const { login } = this.#config;
    if (login.by === "token") return readable(login.token, "PULSE_VAULT_TOKEN_FILE");
    if (this.#token !== null && this.#now() < this.#token.until) return this.#token.value;
    const secretId = await readable(login.secretId, "PULSE_VAULT_SECRET_ID_FILE");
    const body = { role_id: login.roleId, secret_id: secretId };
    const answer = await this.#ask("POST", "/v1/auth/approle/login", null, body);
    const parsed = loginAnswer.safeParse(answer.body);
    if (answer.status !== 200 || !parsed.success) {
      throw fault(`the runner could not sign in to its Vault with its AppRole: it answered ${answer.status}`);
    }
    const { client_token: value, lease_duration: seconds } = parsed.data.auth;
    // A lease of 0 has no end.
    const until = seconds === 0 ? Number.POSITIVE_INFINITY : this.#now() + seconds * 1000 * early;
    this.#token = { value, until };
    return value;
  }

  async #ask(
    method: "GET" | "POST",
    path: string,
    token: string | null,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const { address, namespace } = this.#config;
    try {
      const response = await fetch(`${address}${path}`, {
        method,
        redirect: "error",
        signal: AbortSignal.timeout(requestMs),
        headers: {
          "x-vault-request": "true",
          ...(token === null ? {} : { "x-vault-token": token }),
          ...(namespace === null ? {} : { "x-vault-namespace": namespace }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: jsonOrNull(text) };
    } catch (error) {
      const why = error instanceof Error && error.name === "TimeoutError" ? "within 5 s" : "at all";
      throw fault(`the runner's Vault did not answer ${why}`);
    }
  }
}

async function readable(read: () => Promise<string>, name: string): Promise<string> {
  const text = await read().catch(() => {
    throw fault(`the runner cannot read the file that ${name} names`);
  });
  if (!/^[\x21-\x7e]+$/.test(text)) throw fault(`the file that ${name} names holds no credential`);
  return text;
}

function sealedHint(status: number): string {
  return status === 503 ? ": it may be sealed" : "";
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fault(detail: string): ProblemError {
  return new ProblemError("secret_unavailable", detail);
}
