import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const entry = fileURLToPath(new URL("../main.ts", import.meta.url));
let close: () => void = () => undefined;
afterEach(() => close());

/** A gateway of version 0.0.1 without runners, where `page` stands in place of its list of archives. `upgrades` are the states of an upgrade, one after the other. */
async function startGateway(page: string, upgrades: string[] = []): Promise<string> {
  const answers: Readonly<Record<string, string>> = {
    "/version": '{"version":"0.0.1","protocol":1}',
    "/v1/runners": '{"items":[],"nextCursor":null}',
    "/install/manifest.json": page,
  };
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    const isUpgrade = path === "/v1/runners/upgrade";
    const next = isUpgrade ? upgrades.shift() : answers[path];
    const found = isUpgrade && request.method === "GET" ? `{"upgrade":${next ?? null}}` : next;
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

/** An upgrade of two runners as the gateway tells it. */
function told(state: string, a: string, b: string, why: string | null = null): string {
  const of = (name: string, wave: number, stand: string) => ({
    ...{ id: `rnr_${name}`, name, wave, state: stand, why: stand === "failed" ? why : null, at: null },
  });
  return JSON.stringify({
    ...{ id: "upg_1", state, version: "0.2.0", why: why === null ? null : `b: ${why}`, wave: 1, waves: 2 },
    ...{ waveSize: "1", pauseMs: 0, withinMs: 300_000, startedAt: null, endedAt: null },
    runners: [of("a", 1, a), of("b", 2, b)],
  });
}

test("an upgrade of runners is followed to its end, and its failure is the exit code", async () => {
  const gateway = await startGateway("{}", [
    told("running", "told", "waiting"),
    told("running", "upgraded", "told"),
    told("failed", "upgraded", "failed", "it refused"),
  ]);
  const { code, said } = await upgrade(gateway, "runners", "web", "--wave", "1", "--wait");
  expect(code).toBe(10);
  expect(said).toContain("1/2 a told: it drains and starts anew\n1/2 a upgraded\n2/2 b told");
  expect(said).toContain("failed, and no more waves begin, to 0.2.0, wave 1 of 2: b: it refused");
  expect(said).toMatch(/b +2 +not upgraded: it refused/);
});

test("waiting for an upgrade ends when its time is over, and the upgrade goes on", async () => {
  const gateway = await startGateway("{}", [told("running", "told", "waiting")]);
  const { code, said } = await upgrade(gateway, "runners", "--wait", "0");
  expect([code, said]).toEqual([11, expect.stringContaining("under way, to 0.2.0, wave 1 of 2\n")]);
});

test("where no runners were ever upgraded, the status says so", async () => {
  const { code, said } = await upgrade(await startGateway("{}"), "status");
  expect([code, said]).toEqual([0, "no runners were upgraded from this gateway yet\n"]);
});
