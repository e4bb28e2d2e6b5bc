import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import type Docker from "dockerode";
import { extract } from "tar-stream";

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
const layerType = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const configType = "application/vnd.docker.container.image.v1+json";

interface Blob {
  type: string;
  bytes: Buffer;
}

const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** An image as a registry holds it. */
export interface SavedImage {
  digest: string;
  blobs: Map<string, Blob>;
}

const packed = new Map<string, Buffer>();

/** Takes an image from an engine, as `docker save` gives it. */
export async function saveImage(docker: Docker, image: string): Promise<SavedImage> {
  const files = new Map<string, Buffer>();
  const tar = extract();
  (await docker.getImage(image).get()).pipe(tar);
  for await (const entry of tar) files.set(entry.header.name, await buffer(entry));
  const fileAt = (path: string): Buffer => {
    const found = files.get(path);
    if (found === undefined) throw new Error(`docker save gave no ${path}`);
    return found;
  };
  // What `docker save` writes into manifest.json.
  const [saved] = JSON.parse(fileAt("manifest.json").toString()) as { Config: string; Layers: string[] }[];
  if (saved === undefined) throw new Error("docker save gave no image");
  const blobs = new Map<string, Blob>();
  const keep = (type: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    blobs.set(digest, { type, bytes });
    return { mediaType: type, size: bytes.length, digest };
  };
  const pack = (bytes: Buffer) => {
    const digest = digestOf(bytes);
    const made = packed.get(digest) ?? gzipSync(bytes, { level: 0 });
    packed.set(digest, made);
    return made;
  };
  const config = keep(configType, fileAt(saved.Config));
  const layers = saved.Layers.map((path) => keep(layerType, pack(fileAt(path))));
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers };
  const { digest } = keep(manifestType, Buffer.from(JSON.stringify(manifest)));
  return { digest, blobs };
}

/** How a registry of a test asks who it is: `basic`, or `token` for one that sends whoever asks to a realm of its own, as the public ones do. */
export type Asking = "basic" | "token";

/** A registry for tests: the pulling half of the OCI distribution API over plain HTTP on loopback, with authentication where it is asked for. */
export class RegistryServer {
  /** `127.0.0.1:…`: engines speak plain HTTP with a registry on loopback. */
  readonly host: string;
  /** What was asked of it. */
  readonly asked: string[] = [];
  /** The next layer breaks off after this many bytes; null: layers are sent whole. */
  breakAfter: number | null = null;
  /** Held open until it resolves, before a layer is sent. */
  gate: Promise<void> = Promise.resolve();
  readonly #server: Server;
  readonly #credentials: string | null;
  readonly #asking: Asking;
  /** The tokens that the realm gave, with what each is good for. */
  readonly #tokens = new Map<string, string>();
  /** What may be shown to the realm in place of name and password. */
  readonly identityToken = randomBytes(12).toString("hex");
  readonly #blobs = new Map<string, Blob>();
  readonly #tags = new Map<string, string>();

  private constructor(server: Server, credentials: string | null, asking: Asking) {
    this.#server = server;
    this.#asking = asking;
    this.#credentials = credentials;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  /** Starts one; `credentials` are `user:password`, null: it lets everyone in. */
  static async start(credentials: string | null, asking: Asking = "basic"): Promise<RegistryServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RegistryServer(server, credentials, asking);
  }

  /** Names an image here; returns its digest. */
  push({ blobs, digest }: SavedImage, name: string): string {
    for (const [known, blob] of blobs) this.#blobs.set(known, blob);
    this.#tags.set(name, digest);
    return digest;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?")[0] ?? "";
    this.asked.push(`${request.method} ${path}`);
    if (path === "/token") return this.#giveToken(request, response);
    if (!this.#mayPass(request, path)) return this.#refuse(response, path);
    if (path === "/v2/") return void response.writeHead(200).end("{}");
    const [, name = "", kind, reference = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    const digest = reference.startsWith("sha256:")
      ? reference
      : (this.#tags.get(`${name}:${reference}`) ?? "");
    const blob = this.#blobs.get(digest);
    if (blob === undefined) {
      const code = kind === "manifests" ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN";
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code, message: `${reference} is unknown` }] }));
      return;
    }
    const length = blob.bytes.length;
    response.writeHead(200, {
      "content-type": blob.type,
      "content-length": length,
      "docker-content-digest": digest,
    });
    if (request.method === "HEAD") return void response.end();
    if (blob.type !== layerType) return void response.end(blob.bytes);
    await this.gate;
    if (this.breakAfter === null) return void response.end(blob.bytes);
    const part = blob.bytes.subarray(0, this.breakAfter);
    this.breakAfter = null;
    response.write(part, () => response.destroy());
  }

  #mayPass({ headers: { authorization } }: IncomingMessage, path: string): boolean {
    if (this.#credentials === null) return true;
    if (this.#asking === "basic") return authorization === basicOf(this.#credentials);
    const scope = this.#tokens.get(authorization?.replace(/^Bearer /, "") ?? "");
    return scope !== undefined && (path === "/v2/" || scope === scopeOf(path));
  }

  #refuse(response: ServerResponse, path: string): void {
    const scope = path === "/v2/" ? "" : `,scope="${scopeOf(path)}"`;
    const realm = `Bearer realm="http://${this.host}/token",service="registry.test"${scope}`;
    response.writeHead(401, {
      "www-authenticate": this.#asking === "basic" ? 'Basic realm="test"' : realm,
      "content-type": "application/json",
    });
    response.end(JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] }));
  }

  /** A token for one scope: to a name and password (GET), or to an identity token (POST, as OAuth 2 does). */
  async #giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? "", `http://${this.host}`);
    const form = new URLSearchParams((await buffer(request)).toString());
    const isKnown =
      request.method === "POST"
        ? form.get("grant_type") === "refresh_token" && form.get("refresh_token") === this.identityToken
        : request.headers.authorization === basicOf(this.#credentials ?? "");
    const given = request.method === "POST" ? form : searchParams;
    if (!isKnown || given.get("service") !== "registry.test") {
      response.writeHead(401, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ details: "incorrect username or password" }));
    }
    const token = randomBytes(12).toString("hex");
    this.#tokens.set(token, given.get("scope") ?? "");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ token, access_token: token, expires_in: 300 }));
  }
}

const basicOf = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;
const scopeOf = (path: string) =>
  `repository:${/^\/v2\/(.+)\/(manifests|blobs)\//.exec(path)?.[1] ?? ""}:pull`;
