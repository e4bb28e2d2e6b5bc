import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveDashboard } from "./static.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-static-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<title>the page</title>");
  writeFileSync(join(folder, "assets/a-1.js"), "let a;");
  writeFileSync(join(folder, "manifest.webmanifest"), "{}");
  writeFileSync(join(folder, "icon-192.png"), "a picture");
  writeFileSync(join(folder, "assets/a-1.js.gz"), gzipSync("let a;"));
  writeFileSync(join(folder, "..", `${folder.split("/").pop()}-secret.txt`), "secret");
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(`${folder}-secret.txt`, { force: true });
});

const get = (path: string, headers: Record<string, string> = { accept: "text/html" }, method = "GET") =>
  serveDashboard(new Request(`http://localhost:1${path}`, { headers, method }), folder);

test.each(["/", "/functions", "/executions/exe_1"])("%s is the page when a browser asks", async (path) => {
  expect(await get(path)?.text()).toContain("the page");
});

test.each([
  "/v1",
  "/v1/functions",
  "/f/hello",
  "/hooks/h",
  "/runner/v1/sync",
  "/openapi.json",
  "/docs",
  "/health",
])("%s is left to the API", (path) => expect(get(path)).toBeNull());

test("a program that takes no HTML is left to the API, except at the root", () => {
  expect(get("/nothing", { accept: "application/json" })).toBeNull();
  expect(get("/", {})?.status).toBe(200);
});

test("other methods are left to the API", () => {
  expect(get("/functions", { accept: "text/html" }, "POST")).toBeNull();
});

test("a file that is not there is not the page", () => {
  expect(get("/assets/gone.js")).toBeNull();
});

test.each(["/..%2f", "/%2e%2e/x.txt", "/assets/..%2f..%2fx.txt", "/.hidden.txt", "//x.js", "/assets/%00.js"])(
  "%s reaches nothing outside of the folder",
  (path) =>
    expect(get(path)?.headers.get("content-type") ?? "text/html; charset=utf-8").toBe(
      "text/html; charset=utf-8",
    ),
);

test("assets are kept for ever, the page is asked for each time and answered with 304 when it stands", async () => {
  const asset = get("/assets/a-1.js", {});
  expect(asset?.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(asset?.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(await asset?.text()).toBe("let a;");
  const page = get("/");
  expect(page?.headers.get("cache-control")).toBe("no-cache");
  const again = get("/", { "if-none-match": page?.headers.get("etag") ?? "" });
  expect(again?.status).toBe(304);
  await page?.body?.cancel();
});

test("a browser that takes gzip gets what was packed at the build", async () => {
  const packed = get("/assets/a-1.js", { "accept-encoding": "gzip, br" });
  expect(packed?.headers.get("content-encoding")).toBe("gzip");
  expect(Buffer.from((await packed?.arrayBuffer()) ?? new ArrayBuffer()).equals(gzipSync("let a;"))).toBe(
    true,
  );
});

test("HEAD has the headers and no body", async () => {
  const head = get("/", { accept: "text/html" }, "HEAD");
  expect(head?.headers.get("content-length")).toBe("23");
  expect(await head?.text()).toBe("");
});

test("every page forbids inline script, other origins and frames", async () => {
  const page = get("/functions");
  const policy = page?.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(page?.headers.get("x-content-type-options")).toBe("nosniff");
  await page?.body?.cancel();
});

test("without a build there is a page that says how to make one", async () => {
  const page = serveDashboard(new Request("http://localhost:1/"), join(folder, "none"));
  expect(await page?.text()).toContain("pnpm@12.21.0 build");
});

test.each([
  ["/manifest.webmanifest", "application/manifest+json"],
  ["/icon-192.png", "image/png"],
])("%s is %s, under the policy of the page", (path, type) => {
  const headers = get(path)?.headers;
  expect(headers?.get("content-type")).toBe(type);
  expect(headers?.get("content-security-policy")).toContain("manifest-src 'self'");
  expect(headers?.get("content-security-policy")).not.toContain("unsafe");
});
