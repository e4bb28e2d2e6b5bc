import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

async function deploy(files: Record<string, string | { base64: string }>): Promise<void> {
  const body = JSON.stringify({ runtime: "typescript", files });
  const headers = { "content-type": "application/json" };
  const response = await gateway.call("/v1/functions/one/versions", { method: "POST", headers, body });
  expect(response.status).toBe(201);
}
const source = (version: string, headers: Record<string, string> = {}) =>
  gateway.call(`/v1/functions/one/versions/${version}/source`, { headers });

test("text is shown as it was deployed, what is no text or too large by name and size", async () => {
  const text = "export const handler = () => 'größer\ufeff\u001b[31m';\r\n";
  await deploy({
    "index.ts": text,
    "a/empty.txt": "",
    "logo.png": { base64: btoa("\x89PNG\0") },
    "latin1.txt": { base64: btoa("gr\xf6\xdfer") },
    "large.json": "x".repeat(2 ** 20 + 1),
  });
  const response = await source("1");
  expect(await response.json()).toEqual({
    function: "one",
    version: 1,
    files: [
      { path: "a/empty.txt", bytes: 0, text: "" },
      { path: "index.ts", bytes: Buffer.byteLength(text), text },
      { path: "large.json", bytes: 2 ** 20 + 1, text: null },
      { path: "latin1.txt", bytes: 6, text: null },
      { path: "logo.png", bytes: 5, text: null },
    ],
  });
});

test("in all 8 MiB of text are shown", async () => {
  const megabyte = "x".repeat(2 ** 20);
  await deploy({
    "index.ts": "",
    ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}.txt`, megabyte])),
  });
  const { files } = (await (await source("1")).json()) as { files: { path: string; text: string | null }[] };
  expect(files.filter(({ text }) => text === null).map(({ path }) => path)).toEqual(["f8.txt"]);
  expect(files.at(-1)).toMatchObject({ path: "index.ts", text: "" });
});

test("a source that is known is not sent again; another version's is", async () => {
  await deploy({ "index.ts": "1" });
  await deploy({ "index.ts": "2" });
  const etag = (await source("1")).headers.get("etag") ?? "";
  expect((await source("1", { "if-none-match": etag })).status).toBe(304);
  expect((await source("2", { "if-none-match": etag })).status).toBe(200);
  expect((await source("3")).status).toBe(404);
  expect((await source("live")).status).toBe(404);
});
