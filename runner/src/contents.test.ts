import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
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
const age = (path: string, minutes: number) => {
  const then = new Date(Date.now() - minutes * 60_000);
  utimesSync(path, then, then);
};

test("what was unused for longest is dropped when the rest would not fit, and fetched again when it is asked for", async () => {
  const contents = new Contents(folder, link, 2500);
  const never = new AbortController().signal;
  const [first, second, third] = [stored(), stored(), stored()];
  const oldest = await contents.get(first, never);
  const newer = await contents.get(second, never);
  age(oldest, 30);
  age(newer, 20);
  await contents.get(third, never);
  expect([existsSync(oldest), existsSync(newer)]).toEqual([false, true]);
  expect(await contents.get(first, never)).toBe(oldest);
});

test("nothing that was used a moment ago is dropped", async () => {
  const contents = new Contents(folder, link, 500);
  const never = new AbortController().signal;
  const paths = [await contents.get(stored(), never), await contents.get(stored(), never)];
  expect(paths.map((path) => existsSync(path))).toEqual([true, true]);
});
