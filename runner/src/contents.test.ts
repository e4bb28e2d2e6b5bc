import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Contents } from "./contents.ts";
import { FakeGateway } from "./fake-gateway.suite.ts";
import { GatewayLink } from "./gateway.ts";
import { makeKeys } from "./identity.ts";

let gateway: FakeGateway;
let link: GatewayLink;
let folder: string;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  gateway.on("POST /token", () => ({ body: { accessToken: "at", expiresInMs: 900_000, serverTimeMs: 0 } }));
  const keys = await makeKeys();
  link = new GatewayLink({
    ...keys,
    runner: "rnr_1",
    name: "one",
    gateway: gateway.url,
    tokenUrl: null,
    keysMadeAt: 0,
  });
  folder = mkdtempSync(join(tmpdir(), "pulse-contents-"));
});
afterEach(async () => {
  await link.close();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Content that the gateway has, by its digest. */
function stored(): string {
  const bytes = randomBytes(1000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  gateway.on(`GET /bundles/${sha256}`, () => ({ body: bytes }));
  return sha256;
}

test("what is there is not fetched again, and its time is that of its last use; what is gone is fetched again", async () => {
  const contents = new Contents(folder, link);
  const never = new AbortController().signal;
  const sha256 = stored();
  const path = await contents.get(sha256, never);
  const then = new Date(Date.now() - 3_600_000);
  utimesSync(path, then, then);
  expect(await contents.get(sha256, never)).toBe(path);
  expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  rmSync(path);
  expect(await contents.get(sha256, never)).toBe(path);
  expect(existsSync(path)).toBe(true);
});

test("content that is not what its digest says is refused, and nothing of it is left", async () => {
  const contents = new Contents(folder, link);
  const sha256 = createHash("sha256").update("other").digest("hex");
  gateway.on(`GET /bundles/${sha256}`, () => ({ body: randomBytes(1000) }));
  await expect(contents.get(sha256, new AbortController().signal)).rejects.toThrow(/arrived as/);
  expect(readdirSync(folder)).toEqual([]);
});
