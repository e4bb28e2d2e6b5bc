import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A small Vault: one KV engine of version 2 at `secret/`, tokens and one AppRole, as its HTTP API documents them. */
export class VaultServer {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  /** Versions by path, the newest last; null: deleted. */
  readonly #data = new Map<string, (Record<string, unknown> | null)[]>();
  readonly #tokens = new Map<string, { until: number }>();
  #made = 0;
  url = "";
  /** Every request's method and path, in order. */
  readonly asked: string[] = [];
  roleId = "role-1";
  secretId = "secret-id-1";
  leaseSeconds = 3600;
  isSealed = false;
  now: () => number = Date.now;

  static async start(): Promise<VaultServer> {
    const vault = new VaultServer();
    await new Promise<void>((resolve) => vault.#server.listen(0, "127.0.0.1", resolve));
    const { port } = vault.#server.address() as AddressInfo; // It listens on a port.
    vault.url = `http://127.0.0.1:${port}`;
    return vault;
  }

  write(path: string, data: Record<string, unknown> | null): void {
    this.#data.set(path, [...(this.#data.get(path) ?? []), data]);
  }

  /** A token that is good until it is revoked. */
  token(): string {
    const token = `hvs.${++this.#made}`;
    this.#tokens.set(token, { until: Number.POSITIVE_INFINITY });
    return token;
  }

  revokeAll(): void {
    this.#tokens.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    this.asked.push(`${method} ${url}`);
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (this.isSealed) return reply(503, { errors: ["Vault is sealed"] });
    if (request.headers["x-vault-request"] !== "true") return reply(412, { errors: ["missing header"] });
    if (method === "POST" && url === "/v1/auth/approle/login") return this.#login(text, reply);
    const held = this.#tokens.get(String(request.headers["x-vault-token"]));
    if (held === undefined || held.until <= this.now()) return reply(403, { errors: ["permission denied"] });
    const [, path = ""] = /^\/v1\/secret\/data\/(.+)$/.exec(url) ?? [];
    const versions = this.#data.get(decodeURIComponent(path));
    if (path.startsWith("forbidden")) return reply(403, { errors: ["1 error occurred: permission denied"] });
    if (versions === undefined) return reply(404, { errors: [] });
    const data = versions.at(-1) ?? null;
    const metadata = {
      version: versions.length,
      destroyed: false,
      deletion_time: data === null ? "2026-01-01T00:00:00Z" : "",
    };
    reply(data === null ? 404 : 200, { data: { data, metadata } });
  }

  #login(text: string, reply: (status: number, body: unknown) => void): void {
    const { role_id: role, secret_id: secret } = JSON.parse(text) as Record<string, unknown>; // Sent by the client under test.
    if (role !== this.roleId || secret !== this.secretId) {
      reply(400, { errors: ["invalid role or secret ID"] });
      return;
    }
    const token = this.token();
    if (this.leaseSeconds > 0) this.#tokens.set(token, { until: this.now() + this.leaseSeconds * 1000 });
    reply(200, { auth: { client_token: token, lease_duration: this.leaseSeconds, renewable: true } });
  }
}
