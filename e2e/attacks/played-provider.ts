import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** Somebody at the provider. */
export interface Account {
  sub: string;
  [claim: string]: unknown;
}

/** How the provider misbehaves; what is not set, it does right. */
export interface Misdeeds {
  /** Makes the ID token instead. */
  idToken?: (claims: Record<string, unknown>, provider: PlayedProvider) => Promise<string>;
  claims?: Record<string, unknown>;
  /** Answers a path instead. */
  paths?: Record<string, (response: ServerResponse) => void>;
}

/** An identity provider of the tests' own, which lets everybody in as `account` and misbehaves as it is told. */
export class PlayedProvider {
  account: Account = { sub: "1", preferred_username: "ana", name: "Ana", groups: [] };
  misdeeds: Misdeeds = {};
  /** Forms that came to the token endpoint. */
  readonly exchanges: URLSearchParams[] = [];
  readonly #codes = new Map<string, { nonce: string; challenge: string; redirectUri: string }>();
  readonly #server: Server;
  signingKey!: CryptoKey;
  publicKey!: JWK;
  issuer = "";

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async start(port = 0): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    this.signingKey = privateKey;
    this.publicKey = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.issuer = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A token of these claims as the provider itself would sign it. */
  sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
      .sign(this.signingKey);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.issuer);
    const instead = this.misdeeds.paths?.[url.pathname];
    if (instead !== undefined) return instead(response);
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (url.pathname === "/.well-known/openid-configuration") {
      json(200, {
        issuer: this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`,
        userinfo_endpoint: `${this.issuer}/me`,
      });
    } else if (url.pathname === "/keys") json(200, { keys: [this.publicKey] });
    else if (url.pathname === "/authorize") this.#authorize(url, response);
    else if (url.pathname === "/token") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const [status, body] = await this.#exchange(new URLSearchParams(Buffer.concat(chunks).toString()));
      json(status, body);
    } else if (url.pathname === "/me") json(200, this.account);
    else response.writeHead(404).end();
  }

  #authorize({ searchParams }: URL, response: ServerResponse): void {
    const get = (name: string) => searchParams.get(name) ?? "";
    const code = `code-${this.#codes.size}-${get("state").slice(0, 8)}`;
    if (get("code_challenge_method") !== "S256") return void response.writeHead(400).end();
    this.#codes.set(code, {
      nonce: get("nonce"),
      challenge: get("code_challenge"),
      redirectUri: get("redirect_uri"),
    });
    const back = new URL(get("redirect_uri"));
    back.searchParams.set("code", code);
    back.searchParams.set("state", get("state"));
    response.writeHead(302, { location: back.href }).end();
  }

  async #exchange(form: URLSearchParams): Promise<[status: number, body: unknown]> {
    this.exchanges.push(form);
    const grant = this.#codes.get(form.get("code") ?? "");
    this.#codes.delete(form.get("code") ?? "");
    const verifier = form.get("code_verifier") ?? "";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get("redirect_uri")) {
      return [400, { error: "invalid_grant" }];
    }
    const now = Math.floor(Date.now() / 1000);
    const { nonce } = grant;
    const usual = { iss: this.issuer, aud: "pulse", iat: now, exp: now + 300, nonce, ...this.account };
    const claims = { ...usual, ...this.misdeeds.claims };
    for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name as never];
    const idToken = await (this.misdeeds.idToken ?? ((all) => this.sign(all)))(claims, this);
    return [200, { token_type: "Bearer", access_token: "access", id_token: idToken }];
  }
}
