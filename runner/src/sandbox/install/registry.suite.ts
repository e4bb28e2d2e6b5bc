import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { Contents } from "./zip.suite.ts";

/** A package of a test's npm registry. */
export interface NpmPackage {
  manifest: { name: string; version: string; [field: string]: unknown };
  files: Contents;
}

/** A registry of npm and an index of Python packages, on one port of this machine. */
export interface Registry {
  url: string;
  /** Every request, with the credentials that came with it. */
  asked: { path: string; authorization: string | null }[];
  npm(one: NpmPackage): Promise<{ integrity: string }>;
  python(file: string, bytes: Buffer): void;
  /** Requests without this `Authorization` are answered 401. */
  require: string | null;
  /** Nothing below this path is ever answered. */
  hang: string | null;
  close(): void;
}

export async function startRegistry(): Promise<Registry> {
  const answers = new Map<string, { type: string; body: Buffer }>();
  const manifests = new Map<string, Record<string, unknown>>();
  const python = new Map<string, string[]>();
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent(new URL(incoming.url ?? "/", "http://x").pathname);
    const authorization = incoming.headers.authorization ?? null;
    registry.asked.push({ path, authorization });
    if (registry.hang !== null && path.startsWith(registry.hang)) return;
    if (registry.require !== null && authorization !== registry.require) {
      response.writeHead(401, { "www-authenticate": "Bearer" }).end("{}");
      return;
    }
    const found = answers.get(path);
    if (found === undefined) response.writeHead(404, { "content-type": "application/json" }).end("{}");
    else response.writeHead(200, { "content-type": found.type }).end(found.body);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number }; // It listens on a port.
  const url = `http://127.0.0.1:${port}/`;
  const registry: Registry = {
    url,
    asked: [],
    require: null,
    hang: null,
    async npm({ manifest, files }) {
      const { name, version } = manifest;
      const tar = pack();
      const text = JSON.stringify(manifest);
      for (const [path, content] of Object.entries({ "package.json": text, ...files }))
        tar.entry({ name: `package/${path}` }, Buffer.from(content));
      tar.finalize();
      const body = gzipSync(await buffer(tar));
      const integrity = `sha512-${createHash("sha512").update(body).digest("base64")}`;
      const path = `/${name}/-/${name.split("/").pop()}-${version}.tgz`;
      answers.set(path, { type: "application/octet-stream", body });
      const dist = { tarball: `${url}${path.slice(1)}`, integrity };
      const known = manifests.get(name) ?? {};
      const versions = { ...known, [version]: { ...manifest, dist } };
      manifests.set(name, versions);
      const packument = { name, "dist-tags": { latest: version }, versions };
      answers.set(`/${name}`, { type: "application/json", body: Buffer.from(JSON.stringify(packument)) });
      return { integrity };
    },
    python(file, bytes) {
      const name = (file.split("-")[0] ?? "").replaceAll("_", "-").toLowerCase();
      const files = [...(python.get(name) ?? []), file];
      python.set(name, files);
      const links = files.map((one) => `<a href="/files/${one}">${one}</a>`).join("\n");
      answers.set(`/simple/${name}/`, { type: "text/html", body: Buffer.from(`<html>${links}</html>`) });
      answers.set(`/files/${file}`, { type: "application/octet-stream", body: bytes });
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return registry;
}
