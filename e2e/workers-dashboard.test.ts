import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveDashboard } from "../gateway/src/platform/node/static.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World } from "./world.ts";

/** As a gateway hands the runner out. */
const archive = "/install/pulse-runner-linux-x64-0123456789abcdef.tar.gz";
const adminOnly = { accept: "text/html" };

describe("on Workers, the dashboard", () => {
  let world: World;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-dashboard-"));
    mkdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>the page</title>");
    writeFileSync(join(folder, "assets/a-1.js"), "let a;");
    writeFileSync(join(folder, "manifest.webmanifest"), '{"name":"Pulse"}');
    writeFileSync(join(folder, "icon-192.png"), "a picture");
    mkdirSync(join(folder, "install"));
    writeFileSync(join(folder, "install/runner.sh"), "#!/bin/sh\n");
    writeFileSync(join(folder, archive.slice(1)), gzipSync("an archive"));
    world = await startWorld({
      startGateway: (given) => startWorkersGateway(given, { dashboard: folder }),
    });
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const get = (path: string, headers: Record<string, string> = adminOnly, method = "GET") =>
    fetch(world.url + path, { headers, method, redirect: "manual" });

  test.each(["/", "/functions", "/executions/exe_1"])("%s is the page when a browser asks", async (path) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("the page")]);
  });

  const files = [
    "/",
    "/assets/a-1.js",
    "/manifest.webmanifest",
    "/icon-192.png",
    "/install/runner.sh",
    archive,
  ];
  test.each(files)("%s has every header that Node gives it", async (path) => {
    const ours = serveDashboard(new Request(`http://localhost${path}`, { headers: adminOnly }), folder);
    const theirs = await get(path);
    await theirs.arrayBuffer();
    const names = [...(ours?.headers.keys() ?? [])].filter(
      (name) => !["etag", "content-length", "vary"].includes(name),
    );
    expect(names).toContain("content-security-policy");
    const of = (headers: Headers | undefined) => names.map((name) => [name, headers?.get(name)]);
    expect(of(theirs.headers)).toEqual(of(ours?.headers));
    expect(theirs.headers.get("etag")).not.toBeNull();
  });

  test("an archive of the runner arrives as it is, and may be kept", async () => {
    const response = await get(archive, {});
    expect(response.headers.get("content-type")).toBe("application/gzip");
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(gunzipSync(await response.arrayBuffer()).toString()).toBe("an archive");
  });

  test("without a list of archives among them, no runner is upgraded from here, in words", async () => {
    const headers = { "content-type": "application/json" };
    const refused = await world.call("/v1/runners/upgrade", { method: "POST", headers, body: "{}" });
    expect(await refused.json()).toMatchObject({
      ...{ status: 409, detail: expect.stringContaining("hands out no runner") },
      hint: expect.stringContaining("upgrade each runner where it was installed from"),
    });
  });

  test("a file that did not change is not sent again", async () => {
    const etag = (await get("/assets/a-1.js")).headers.get("etag") ?? "";
    expect((await get("/assets/a-1.js", { ...adminOnly, "if-none-match": etag })).status).toBe(304);
  });

  test.each(["/v1/functions", "/f/nothing", "/runner/v1/sync", "/f/index.html", "/v1/assets/a-1.js"])(
    "%s is never a file of the dashboard",
    async (path) => {
      const response = await get(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get("content-type")).toContain("problem+json");
    },
  );

  test("a path that is neither file, page nor API is a problem, not what the platform says", async () => {
    for (const path of ["/assets/gone.js", "/index.html/", "/nothing"]) {
      const response = await get(path, { accept: "application/json" });
      expect([path, response.status]).toEqual([path, 404]);
      expect(response.headers.get("content-type")).toContain("problem+json");
    }
    expect((await get("/functions", adminOnly, "POST")).status).toBe(404);
  });

  test("a function cannot take an address of the dashboard, and the dashboard none of a function", async () => {
    await world.deploy("page", {
      "index.ts":
        'export default () => new Response("<h1>of the function</h1>", { headers: { "content-type": "text/html" } });',
    });
    expect(await (await world.call("/f/page", { headers: adminOnly })).text()).toContain("of the function");
    expect(await (await world.call("/f/page/index.html", { headers: adminOnly })).text()).toContain(
      "of the function",
    );
    expect(await (await get("/page")).text()).toContain("the page");
  });
});
