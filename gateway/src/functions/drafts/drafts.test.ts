import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../../runners/gateway.suite.ts";
import { forgetDraftVersions } from "./forget.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const files = { "index.ts": "export const handler = () => 1;" };
const at = "/v1/functions/new-one/draft";

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const about = { "content-type": "application/json", ...headers };
  const response = await gateway.call(path, { method, headers: about, ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}
const save = (body: object = {}, headers: Record<string, string> = {}) =>
  send("PUT", at, { runtime: "typescript", files, ...body }, headers);

const inputSchema = { type: "object", properties: { n: { type: "number" } } };

/** Takes the next build and ends it. */
async function build(runner: HttpRunner, outcome: Parameters<HttpRunner["complete"]>[1] = {}) {
  const { jobs } = await runner.sync();
  const job = jobs[0];
  expect(job.kind).toBe("build");
  const built = { deps: null, buildKey: null, kinds: ["handler"], schema: inputSchema, initMs: 1 };
  await runner.complete(job, { response: null, built, ...outcome });
  return job;
}

describe("a draft is saved", () => {
  test("for a function that does not exist, and read as it was written", async () => {
    const settings = { timeout: "not a duration yet" };
    const saved = await save({ settings });
    expect(saved.status).toBe(201);
    const read = await send("GET", at);
    expect(read.body).toMatchObject({ name: "new-one", runtime: "typescript", files, settings, entry: null });
    expect(read.headers.get("etag")).toBe(`"${read.body.revision}"`);
    expect((await send("GET", "/v1/functions/new-one")).status).toBe(404);
    expect((await send("GET", "/v1/functions")).body.items).toEqual([]);
  });

  test("over the revision that was read, so that two tabs do not overwrite each other", async () => {
    const one = (await save()).headers.get("etag") ?? "";
    expect((await save({}, { "if-none-match": "*" })).body.code).toBe("precondition_failed");
    const two = await save({}, { "if-match": one });
    expect([two.status, two.headers.get("etag") === one]).toEqual([200, false]);
    const late = await save({ files: {} }, { "if-match": one });
    expect([late.status, late.body.code, late.body.revision]).toEqual([
      412,
      "precondition_failed",
      two.body.revision,
    ]);
    expect((await send("GET", at)).body.files).toEqual(files);
  });

  test("but not over one that was thrown away and begun anew meanwhile", async () => {
    const one = (await save()).headers.get("etag") ?? "";
    expect((await send("DELETE", at, undefined, { "if-match": one })).status).toBe(204);
    expect((await save({}, { "if-match": one })).status).toBe(412);
    await gateway.parts.clock.advance(1);
    await save();
    expect((await save({}, { "if-match": one })).status).toBe(412);
  });

  test("unless it is too large, or a path leads out", async () => {
    const large = await save({ files: { "a.txt": "x".repeat(5 * 2 ** 20 + 1) } });
    expect([large.status, large.body.detail]).toEqual([
      413,
      "the files of a draft may have 5 MiB in all, got 5.0 MiB; deploy larger ones with the CLI",
    ]);
    expect((await save({ files: { "../a": "" } })).body.code).toBe("invalid_bundle");
    const many = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`f${i}`, ""]));
    expect((await save({ files: many })).body.code).toBe("invalid_bundle");
    expect((await save({ more: 1 })).body.code).toBe("validation_failed");
    expect((await send("GET", at)).status).toBe(404);
  });
});

test("drafts are listed by name with whether their function exists, each project's apart", async () => {
  await gateway.addFunction("known");
  await save();
  await send("PUT", "/v1/functions/known/draft", { runtime: "python", files: {} });
  const { body } = await send("GET", "/v1/drafts?limit=1");
  expect(body.items).toMatchObject([{ name: "known", exists: true, runtime: "python" }]);
  const next = await send("GET", `/v1/drafts?limit=1&cursor=${body.nextCursor}`);
  expect(next.body).toMatchObject({ items: [{ name: "new-one", exists: false }], nextCursor: null });
  expect(next.body.items[0]).not.toHaveProperty("files");
});

test("the draft goes with its function", async () => {
  await gateway.addFunction("new-one");
  await save();
  await send("DELETE", "/v1/functions/new-one");
  expect((await send("GET", at)).status).toBe(404);
});

describe("a draft is run", () => {
  test("built first, as one call that is tried once, without a version that anyone lists", async () => {
    const runner = await HttpRunner.join(gateway);
    await save({ settings: { timeout: "5s", env: { A: "1" } } });
    const begun = await send("POST", `${at}/build`);
    expect([begun.status, begun.body]).toMatchObject([
      202,
      { status: "building", reused: false, error: null, schema: null },
    ]);
    const job = await build(runner);
    expect(job).toMatchObject({ execution: begun.body.execution, spec: { function: { name: "new-one" } } });
    await settle();
    expect((await send("POST", `${at}/build`)).body).toMatchObject({
      status: "ready",
      reused: true,
      schema: inputSchema,
    });

    const asked = { path: "/sub?q=1", headers: { "X-One": "1", "Pulse-Depth": "3" }, input: { n: 1 } };
    const started = await send("POST", `${at}/run`, asked);
    expect([started.status, started.body]).toMatchObject([
      202,
      {
        execution: { name: "new-one", version: null, trigger: { type: "draft" }, kind: "function" },
        response: null,
        build: { status: "ready", reused: true },
      },
    ]);
    const call = await runner.answer("ja");
    expect(call).toMatchObject({
      execution: started.body.execution.id,
      timeoutMs: 5000,
      bundle: job.bundle,
      spec: {
        settings: { env: { A: "1" } },
        request: { method: "POST", path: "/sub?q=1", url: "http://localhost:8787/f/new-one/sub?q=1" },
        body: { at: "inline", base64: btoa('{"n":1}') },
      },
    });
    const headers = Object.fromEntries(call.spec.request.headers);
    expect(headers).toMatchObject({
      "x-one": "1",
      "content-type": "application/json",
      "content-length": "7",
    });
    expect(headers).not.toHaveProperty("pulse-depth");
    const ended = await send("GET", `/v1/executions/${call.execution}`);
    expect(ended.body).toMatchObject({ status: "succeeded", attempt: 1 });
    const result = await gateway.call(`/v1/executions/${call.execution}/result`);
    expect(await result.text()).toBe("ja");
    expect((await send("GET", "/v1/functions/new-one")).status).toBe(404);
    const replay = `/v1/executions/${call.execution}/replay`;
    expect((await send("POST", replay, {})).body.code).toBe("conflict");
    expect((await send("GET", "/v1/stats?name=new-one")).body.items[0].lastRun).toBeNull();
  });

  test("and its answer is given at once to whoever waits for it", async () => {
    const runner = await HttpRunner.join(gateway);
    await save();
    const running = send("POST", `${at}/run?wait=30`, { method: "PUT", body: "as it is" });
    await build(runner);
    const job = await runner.answer("größer", { status: 201, headers: [["content-type", "text/plain"]] });
    expect(job.spec).toMatchObject({ request: { method: "PUT", path: "/" } });
    const { status, body } = await running;
    expect([status, body]).toMatchObject([
      200,
      {
        execution: { status: "succeeded", http: { status: 201 } },
        response: { status: 201, headers: [["content-type", "text/plain"]] },
      },
    ]);
    expect(body.response.body).toEqual({ base64: btoa("größer") });
  });

  test("under the path that a browser would ask for, whatever was typed", async () => {
    const runner = await HttpRunner.join(gateway);
    await save();
    const begun = send("POST", `${at}/build?wait=10`);
    await build(runner);
    await begun;
    const seen = [];
    for (const path of ["/", "/größe/a b?q=ä#x", "//other.example.test/a", "/a/../../b", "/a\r\nb"]) {
      await send("POST", `${at}/run`, { path });
      const { spec } = await runner.answer("");
      seen.push([spec.request.path, spec.request.url.replace("http://localhost:8787", "")]);
    }
    expect(seen).toEqual([
      ["/", "/f/new-one"],
      ["/gr%C3%B6%C3%9Fe/a%20b?q=%C3%A4", "/f/new-one/gr%C3%B6%C3%9Fe/a%20b?q=%C3%A4"],
      ["//other.example.test/a", "/f/new-one//other.example.test/a"],
      ["/b", "/f/new-one/b"],
      ["/ab", "/f/new-one/ab"],
    ]);
  });

  test("unchanged without a second build, changed with one", async () => {
    const runner = await HttpRunner.join(gateway);
    await save();
    await send("POST", `${at}/build`);
    const one = await build(runner);
    await settle();
    await save({ files: { ...files } });
    expect((await send("POST", `${at}/build`)).body).toMatchObject({
      execution: one.execution,
      reused: true,
    });
    await save({ settings: { timeout: "7s" } });
    const two = await send("POST", `${at}/build`);
    expect(two.body).toMatchObject({ reused: false, status: "building" });
    expect(two.body.execution).not.toBe(one.execution);
  });

  test("and a build that failed says in which file and line, and is tried again", async () => {
    const runner = await HttpRunner.join(gateway);
    await save();
    const running = send("POST", `${at}/run`, {});
    const error = {
      code: "init_error",
      message: "SyntaxError: x",
      file: "index.ts",
      line: 3,
      source: "function",
    } as const;
    const job = await build(runner, { status: "failed", reason: "build_failed", error, built: null });
    const { status, body } = await running;
    expect([status, body]).toMatchObject([
      422,
      { code: "build_failed", file: "index.ts", line: 3, buildExecution: job.execution },
    ]);
    expect((await send("POST", `${at}/build`)).body).toMatchObject({
      status: "failed",
      execution: job.execution,
    });
    await gateway.parts.clock.advance(10_001);
    const again = send("POST", `${at}/build?wait=10`);
    await build(runner, { status: "failed", reason: "build_failed", error, built: null });
    expect((await again).body).toMatchObject({ status: "failed", reused: false, error });
  });

  test("also when the gateway ended between the version and its build", async () => {
    const { clock, ports } = gateway.parts;
    await save();
    const { execution } = (await send("POST", `${at}/build`)).body;
    await ports.database.client.execute("DELETE FROM executions");
    await clock.advance(30_000);
    const runner = await HttpRunner.join(gateway);
    const again = send("POST", `${at}/build?wait=10`);
    expect((await build(runner)).execution).toBe(execution);
    expect((await again).body).toMatchObject({ status: "ready", execution });
  });

  test("only in the revision that was asked for, with settings and a body that are valid", async () => {
    const etag = (await save({ settings: { timeout: "soon" } })).headers.get("etag") ?? "";
    const refused = await send("POST", `${at}/run`, {});
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, "/settings/timeout"]);
    await save({ files: {} });
    expect((await send("POST", `${at}/run`, {})).body.code).toBe("invalid_bundle");
    expect((await send("POST", `${at}/run`, {}, { "if-match": etag })).body.code).toBe("precondition_failed");
    expect((await send("POST", "/v1/functions/none/draft/run", {})).body.code).toBe("not_found");
    for (const headers of [{ "a b": "" }, { a: "1\r\nb: 2" }, { a: "€" }]) {
      expect((await send("POST", `${at}/run`, { headers })).body.code).toBe("validation_failed");
    }
  });

  test("as versions that are forgotten after a day, and never those of a function", async () => {
    const { ports, clock } = gateway.parts;
    const runner = await HttpRunner.join(gateway);
    await gateway.addFunction("known");
    await save();
    await send("POST", `${at}/build`);
    const one = await build(runner);
    await clock.advance(23 * 3_600_000);
    await forgetDraftVersions(ports);
    expect((await send("POST", `${at}/build`)).body).toMatchObject({
      execution: one.execution,
      reused: true,
    });
    await clock.advance(3_600_001);
    await forgetDraftVersions(ports);
    const again = (await send("POST", `${at}/build`)).body;
    expect(again).toMatchObject({ reused: false, status: "building" });
    expect((await send("GET", "/v1/functions/known/versions/1")).status).toBe(200);
  });
});
