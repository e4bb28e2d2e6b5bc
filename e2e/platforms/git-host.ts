import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { repositoryArchive } from "../../gateway/src/sources/repository.suite.ts";

/** A host of repositories with one branch: it gives out an archive of what stands at its end, by a redirect as the large hosts do. */
export class GitHostServer {
  readonly #server: Server;
  /** Files at the end of the branch, by their paths. */
  files: Record<string, string> = {};
  commit = "a".repeat(40);
  /** The next answers, instead of the archive. */
  readonly refusals: number[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const refusal = this.refusals.shift();
      if (refusal !== undefined) return void response.writeHead(refusal).end("no");
      if (request.url === "/acme/shop/archive/refs/heads/main.tar.gz") {
        return void response.writeHead(302, { location: `/codeload/${this.commit}` }).end();
      }
      if (request.url !== `/codeload/${this.commit}`) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": "application/gzip" });
      response.end(gzipSync(repositoryArchive(this.files, this.commit)));
    });
  }

  static async start(): Promise<GitHostServer> {
    const host = new GitHostServer();
    await new Promise<void>((listening) => host.#server.listen(0, "127.0.0.1", listening));
    return host;
  }

  /** Host and port, as an operator names them. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get repository(): string {
    return `http://${this.host}/acme/shop`;
  }

  /** Another state of the branch, with a commit of its own. */
  commits(files: Record<string, string>): void {
    this.files = files;
    this.commit = ((Number.parseInt(this.commit.slice(0, 1), 16) + 1) % 16).toString(16).repeat(40);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
