import { getLogs, getResult } from "@pulse/schema/wire/executions";
import { describe, expect, test } from "vitest";
import { executionOf, type World } from "../world.ts";
import { expectFlatMemory } from "./memory.ts";

const echo = `
export default async function (req, ctx) {
  const body = new Uint8Array(await req.arrayBuffer());
  const url = new URL(req.url);
  return Response.json(
    { method: req.method, path: url.pathname, query: url.search, headers: [...req.headers], bytes: body.length, sum: body.reduce((a, b) => (a + b) % 65521, 0), execution: ctx.executionId },
    { status: 207, headers: { "x-echo": "yes" } },
  );
}
`;

const hono = `
export const handler = (event, ctx) => {
  ctx.log.info("greeting", { name: event.name });
  console.log("hello from stdout");
  if (event.fail) throw new TypeError("asked to fail");
  return { hello: event.name ?? "world" };
};
`;

/** The invoke path, as a caller sees it. */
export function invokeSuite(world: () => World): void {
  describe("invoke", () => {
    test("a handler answers JSON, with the platform's headers, and its record is written", async () => {
      await world().deploy("greet", { "index.ts": hono });
      const response = await world().call("/f/greet", { method: "POST", body: '{"name":"Ada"}' });
      expect(await response.json()).toEqual({ hello: "Ada" });
      expect(response.status).toBe(200);
      expect(response.headers.get("pulse-version")).toBe("1");
      expect(response.headers.get("pulse-attempt")).toBe("1");
      expect(response.headers.get("server-timing")).toMatch(/run;dur=/);
      const view = await world().execution(executionOf(response));
      expect(view).toMatchObject({
        status: "succeeded",
        name: "greet",
        version: 1,
        attempt: 1,
        http: { status: 200 },
      });
      const logs = await world().client.open(getLogs, {
        params: { id: view.id },
        query: {},
        headers: { accept: "application/x-ndjson" },
        signal: world().signal,
      });
      const lines = (await logs.text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(lines).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ stream: "log", text: "greeting", fields: { name: "Ada" } }),
          expect.objectContaining({ stream: "stdout", text: "hello from stdout" }),
        ]),
      );
    });

    test("every method, sub-path, query and byte arrives", async () => {
      await world().deploy("echo", { "index.ts": echo });
      const bytes = new Uint8Array(100_000).map((_, i) => (i * 7) % 256);
      const response = await world().call("/f/echo/a%2Fb/c%20d?x=1&x=2&y=%C3%A9", {
        method: "PUT",
        body: bytes,
        headers: { "content-type": "application/octet-stream", "x-mine": "1" },
      });
      expect(response.status).toBe(207);
      expect(response.headers.get("x-echo")).toBe("yes");
      const seen = (await response.json()) as Record<string, unknown> & { headers: [string, string][] };
      expect(seen).toMatchObject({
        method: "PUT",
        path: "/a%2Fb/c%20d",
        query: "?x=1&x=2&y=%C3%A9",
        bytes: 100_000,
      });
      expect(seen.sum).toBe(bytes.reduce((a, b) => (a + b) % 65521, 0));
      const names = seen.headers.map(([name]) => name);
      expect(names).toContain("x-mine");
      expect(names).not.toContain("authorization");
      for (const method of ["GET", "DELETE", "PATCH", "OPTIONS"]) {
        expect(
          ((await (await world().call("/f/echo", { method })).json()) as { method: string }).method,
        ).toBe(method);
      }
      const head = await world().call("/f/echo", { method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([207, ""]);
    });

    test("the first event of a stream arrives before the handler ends", async () => {
      await world().deploy(
        "ticks",
        {
          "index.ts": `
          let release;
          export default (req, ctx) => {
            if (new URL(req.url).pathname === "/release") { release(); return new Response("released"); }
            return (async function* () { yield { data: "first" }; await new Promise((r) => (release = r)); yield { data: "last" }; })();
          };
          export async function handler() {}
        `,
        },
        { settings: { concurrency: 4 } },
      );
      const response = await world().call("/f/ticks");
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      const reader = response.body?.getReader();
      if (reader === undefined) throw new Error("no body");
      const first = new TextDecoder().decode((await reader.read()).value);
      expect(first).toContain("data: first");
      expect(await (await world().call("/f/ticks/release")).text()).toBe("released");
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read())
        rest += new TextDecoder().decode(part.value);
      expect(rest).toContain("data: last");
    });

    test("a 200 MB response passes with flat memory in the gateway and in the runner", async () => {
      await world().deploy("big", {
        "index.ts": `
          export default (req) => { let left = Number(new URL(req.url).searchParams.get("mb")); const block = new Uint8Array(1e6).fill(7);
            return new Response(new ReadableStream({ pull(c) { if (left-- > 0) c.enqueue(block); else c.close(); } })); };
        `,
      });
      // A smaller one first: what a garbage collector lets pile up before it starts is no body that is held.
      expect((await (await world().call("/f/big?mb=50")).arrayBuffer()).byteLength).toBe(50_000_000);
      const response = await expectFlatMemory(world(), 100_000_000, async () => {
        const streamed = await world().call("/f/big?mb=200");
        let bytes = 0;
        for await (const chunk of streamed.body ?? []) bytes += chunk.length;
        expect(bytes).toBe(200_000_000);
        return streamed;
      });
      expect(await world().ended(executionOf(response))).toMatchObject({ status: "succeeded" });
    });

    test("a request body of 30 MB reaches the function", async () => {
      await world().deploy("count", {
        "index.ts":
          "export default async (req) => { let n = 0; for await (const c of req.body) n += c.length; return Response.json(n); };",
      });
      const response = await world().call("/f/count", { method: "POST", body: new Uint8Array(30_000_000) });
      expect(await response.json()).toBe(30_000_000);
    });

    test("respond-async answers 202 with a row on disk, and the result can be read", async () => {
      await world().deploy("greet", { "index.ts": hono });
      const init = { method: "POST", body: '{"name":"Bo"}', headers: { prefer: "respond-async" } };
      const response = await world().call("/f/greet", init);
      expect(response.status).toBe(202);
      const { id } = (await response.json()) as { id: string };
      expect(response.headers.get("location")).toContain(id);
      expect(await world().ended(id)).toMatchObject({ status: "succeeded" });
      const result = await world().client.open(getResult, { params: { id }, signal: world().signal });
      expect(await result.json()).toEqual({ hello: "Bo" });
    });

    test("Prefer: wait=N answers in time when it can, else 202 while the work goes on", async () => {
      await world().deploy("slow", {
        "index.ts":
          "export const handler = (e) => new Promise((r) => setTimeout(() => r({ slept: e.ms }), e.ms));",
      });
      const quick = await world().call("/f/slow", {
        method: "POST",
        body: '{"ms":1}',
        headers: { prefer: "wait=20" },
      });
      expect(await quick.json()).toEqual({ slept: 1 });
      const late = await world().call("/f/slow", {
        method: "POST",
        body: '{"ms":3000}',
        headers: { prefer: "wait=1" },
      });
      expect(late.status).toBe(202);
      const { id } = (await late.json()) as { id: string };
      expect(await world().ended(id)).toMatchObject({ status: "succeeded" });
    });

    test("the same idempotency key gives the same response, and another request under it is refused", async () => {
      await world().deploy("random", { "index.ts": "export const handler = () => ({ n: Math.random() });" });
      const headers = { "idempotency-key": `k-${Date.now()}` };
      const one = await world().call("/f/random", { method: "POST", body: "{}", headers });
      const two = await world().call("/f/random", { method: "POST", body: "{}", headers });
      expect(await two.json()).toEqual(await one.json());
      expect(two.headers.get("idempotent-replayed")).toBe("true");
      const other = await world().call("/f/random", { method: "POST", body: '{"a":1}', headers });
      expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([
        422,
        "idempotency_mismatch",
      ]);
    });

    test("a throw is 500 from the function, with the error kept on the record", async () => {
      await world().deploy("greet", { "index.ts": hono });
      const response = await world().call("/f/greet", { method: "POST", body: '{"fail":true}' });
      expect(response.status).toBe(500);
      expect(response.headers.get("pulse-error-source")).toBe("function");
      const view = await world().execution(executionOf(response));
      expect(view).toMatchObject({ status: "failed", reason: "function_error" });
      expect(view.error).toMatchObject({
        message: expect.stringContaining("asked to fail"),
        file: "index.ts",
        line: 5,
      });
    });

    test("a timeout is 504, and Pulse-Timeout can only lower it", async () => {
      await world().deploy(
        "never",
        { "index.ts": "export const handler = () => new Promise(() => {});" },
        { settings: { timeout: "2s" } },
      );
      const begun = Date.now();
      const response = await world().call("/f/never", {
        method: "POST",
        body: "{}",
        headers: { "pulse-timeout": "300ms" },
      });
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        504,
        "timed_out",
      ]);
      expect(Date.now() - begun).toBeLessThan(30_000);
    });

    test("unknown functions are 404, missing keys 401, and keys open only what their scopes name", async () => {
      expect((await world().call("/f/nothing-here")).status).toBe(404);
      await world().deploy("greet", { "index.ts": hono });
      expect((await world().call("/f/greet", { key: null })).status).toBe(401);
      expect((await world().call("/f/greet", { key: "pk_wrong" })).status).toBe(401);
      await world().deploy(
        "open",
        { "index.ts": "export const handler = () => 'open';" },
        { settings: { endpoint: { auth: "public" } } },
      );
      expect(await (await world().call("/f/open", { key: null })).text()).toBe("open");
    });
  });
}
