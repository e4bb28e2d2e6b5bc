import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const entry = fileURLToPath(new URL("../main.ts", import.meta.url));
let close: () => void = () => undefined;
afterEach(() => close());

/** A gateway of version 0.0.1 without runners, where `page` stands in place of its list of archives. */
async function startGateway(page: string): Promise<string> {
  const answers: Readonly<Record<string, string>> = {
    "/version": '{"version":"0.0.1","protocol":1}',
    "/v1/runners": '{"items":[],"nextCursor":null}',
    "/install/manifest.json": page,
  };
  const server = createServer((request, response) => {
    const found = answers[request.url?.split("?")[0] ?? ""];
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" }).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => server.close();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A server on a port has one.
}

function upgrade(gateway: string, ...args: string[]): Promise<{ code: number | null; said: string }> {
  const env = { PATH: process.env.PATH, PULSE_GATEWAY: gateway, PULSE_KEY: "pk_test", PULSE_LANG: "en" };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, "upgrade", ...args], { env });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
    child.once("close", (code) => resolve({ code, said }));
  });
}

test("a gateway that cannot be reached is said as everywhere", async () => {
  const { code, said } = await upgrade("http://localhost:1");
  expect([code, said]).toEqual([7, expect.stringContaining("http://localhost:1")]);
});

test("every request is traced, and what is no list of archives says nothing of builds", async () => {
  const { code, said } = await upgrade(await startGateway("<!doctype html>"), "--trace");
  expect(said).toMatch(/gateway .* 0\.0\.1 .*as the gateway/);
  expect(said).toContain("/install/manifest.json");
  expect(code).toBe(0);
});
