import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findEngine } from "./docker-engine.ts";

let folder: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-engine-test-"));
});
afterEach(async () => {
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** Listens at a socket as an engine would, answering pings with a status. */
async function listen(status: number): Promise<string> {
  const socket = join(folder, "docker.sock");
  server = createServer((request, response) => {
    response.writeHead(request.url === "/_ping" ? status : 404).end();
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  return `unix://${socket}`;
}

test("an engine that answers its ping is found at DOCKER_HOST", async () => {
  const host = await listen(200);
  expect(await findEngine({ DOCKER_HOST: host })).toBe(host);
});

test("an engine that is still starting is not found", async () => {
  expect(await findEngine({ DOCKER_HOST: await listen(503) })).toBeNull();
});

test("nothing is found where nothing listens", async () => {
  expect(await findEngine({ DOCKER_HOST: `unix://${join(folder, "none.sock")}` })).toBeNull();
});

test("an address that is neither a socket nor TCP is not used", async () => {
  expect(await findEngine({ DOCKER_HOST: "ssh://build.example.test" })).toBeNull();
});
