import { bulkExecutions } from "@pulse/schema/wire/bulk";
import { cancelExecution, getLogs, listExecutions, replayExecution } from "@pulse/schema/wire/executions";
import { listAliases, putAlias } from "@pulse/schema/wire/function-aliases";
import { getFunction, patchFunction } from "@pulse/schema/wire/functions";
import { describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { executionOf, type World } from "../world.ts";

const answer = (text: string) => ({
  "index.ts": `export const handler = () => ({ is: ${JSON.stringify(text)} });`,
});

/** Versions, executions, retries, cancellation: what outlives a call. */
export function lifecycleSuite(world: () => World): void {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    world().call(path, { method: "POST", body: JSON.stringify(body), headers });

  describe("versions", () => {
    test("a deploy makes a version, unchanged content makes none, and live rolls back in one call", async () => {
      const one = await world().deploy("ver", answer("one"));
      const two = await world().deploy("ver", answer("two"));
      expect([one.version, two.version, two.status]).toEqual([1, 2, "ready"]);
      expect(await (await post("/f/ver", {})).json()).toEqual({ is: "two" });
      expect(await (await post("/f/ver@1", {})).json()).toEqual({ is: "one" });
      expect((await world().deploy("ver", answer("two"))).version).toBe(2);
      const params = { name: "ver", alias: "live" };
      await world().client.call(putAlias, { params, body: { version: 1 }, signal: world().signal });
      expect(await (await post("/f/ver", {})).json()).toEqual({ is: "one" });
      expect(await (await post("/f/ver@live", {})).json()).toEqual({ is: "one" });
    });

    test("alias=none moves nothing and changes no live setting", async () => {
      await world().deploy("still", answer("one"));
      const settings = { endpoint: { auth: "public" } };
      await world().deploy("still", answer("two"), { alias: "none", settings });
      expect((await world().call("/f/still", { key: null })).status).toBe(401);
      expect(await (await post("/f/still", {})).json()).toEqual({ is: "one" });
      expect(await (await post("/f/still@2", {})).json()).toEqual({ is: "two" });
    });

    test("a second version that fails loses its part of the calls by itself", async () => {
      const broken = { "index.ts": "export const handler = () => { throw new Error('no'); };" };
      await world().deploy("part", answer("one"));
      await world().deploy("part", broken, { alias: "none" });
      const { client, signal } = world();
      const canary = { version: 2, weight: 99, maxErrorRate: 10, minCalls: 2 };
      const params = { name: "part", alias: "live" };
      await client.call(putAlias, { params, body: { version: 1, canary }, signal });
      await until("the end of the split", async () => {
        await (await post("/f/part", {})).text();
        const { items } = await client.call(listAliases, { params: { name: "part" }, signal });
        const isOver = items[0]?.split === null;
        return isOver && /^rolled back: \d+ of \d+ calls failed/.test(items[0]?.reason ?? "") ? true : null;
      });
      expect(await (await post("/f/part", {})).json()).toEqual({ is: "one" });
    });

    test("running work stays on its version while live moves", async () => {
      const files = (text: string) => ({
        "index.ts": `export const handler = (e) => new Promise((r) => setTimeout(() => r(${JSON.stringify(text)}), e.ms ?? 0));`,
      });
      await world().deploy("stay", files("old"));
      const running = post("/f/stay", { ms: 4000 });
      await world().deploy("stay", files("new"));
      expect(await (await post("/f/stay", {})).text()).toBe("new");
      expect(await (await running).text()).toBe("old");
    });
  });

  describe("executions", () => {
    test("a failing asynchronous call is retried and ends dead; a replay makes a new execution", async () => {
      const settings = { retry: { attempts: 2, backoff: "10ms" } };
      await world().deploy(
        "flaky",
        { "index.ts": "export const handler = (e, ctx) => { throw new Error('no ' + ctx.attempt); };" },
        { settings },
      );
      const { id } = (await (await post("/f/flaky", {}, { prefer: "respond-async" })).json()) as {
        id: string;
      };
      expect(await world().ended(id)).toMatchObject({
        status: "dead",
        reason: "function_error",
        attempt: 2,
        retriesUsed: 1,
      });
      await world().deploy("flaky", answer("mended"));
      const again = await world().client.call(replayExecution, {
        params: { id },
        body: { version: "live" },
        signal: world().signal,
      });
      expect(await world().ended(again.id)).toMatchObject({
        status: "succeeded",
        trigger: { type: "replay" },
        version: 2,
      });
    });

    test("PermanentError is not retried; RetryAfter waits", async () => {
      await world().deploy("perm", {
        "index.ts":
          "export const handler = (e, ctx) => { if (e.p) throw new ctx.PermanentError('never'); if (ctx.attempt === 1) throw new ctx.RetryAfter(1); return ctx.attempt; };",
      });
      const permanent = (await (await post("/f/perm", { p: 1 }, { prefer: "respond-async" })).json()) as {
        id: string;
      };
      expect(await world().ended(permanent.id)).toMatchObject({ status: "failed", attempt: 1 });
      const later = (await (await post("/f/perm", {}, { prefer: "respond-async" })).json()) as { id: string };
      const ended = await world().ended(later.id);
      expect(ended).toMatchObject({ status: "succeeded", attempt: 2, retriesUsed: 1 });
      expect(Date.parse(ended.endedAt ?? "") - Date.parse(ended.createdAt)).toBeGreaterThanOrEqual(1000);
    });

    test("maxAge ends a retry that would come too late, and work that no runner took; both are dead, listed, and run again by filter", async () => {
      const retry = { attempts: 100, backoff: "10ms", maxAge: "2s" };
      await world().deploy(
        "aged",
        { "index.ts": "export const handler = (e, ctx) => { throw new ctx.RetryAfter(60); };" },
        { settings: { retry } },
      );
      const { id: late } = await (await post("/f/aged", {}, { prefer: "respond-async" })).json();
      expect(await world().ended(late)).toMatchObject({
        status: "dead",
        reason: "function_error",
        attempt: 1,
      });
      const change = { params: { name: "aged" }, signal: world().signal };
      await world().client.call(patchFunction, { ...change, body: { pool: "nowhere" } });
      const { id: untaken } = await (await post("/f/aged", {}, { prefer: "respond-async" })).json();
      expect(await world().ended(untaken)).toMatchObject({ status: "dead", reason: "expired", attempt: 0 });
      await world().client.call(patchFunction, { ...change, body: { pool: "default" } });
      const filter = { name: "aged", status: ["dead" as const] };
      const listed = await world().client.call(listExecutions, { query: filter, signal: world().signal });
      expect(listed.items.map(({ id }) => id)).toEqual([untaken, late]);
      const ask = { body: { filter, action: "replay" as const }, signal: world().signal };
      const { replays } = await world().client.call(bulkExecutions, ask);
      expect(replays.map(({ of }) => of).sort()).toEqual([late, untaken].sort());
      for (const { id, of } of replays) {
        expect(await world().ended(id)).toMatchObject({
          status: "dead",
          attempt: 1,
          trigger: { type: "replay", of },
        });
      }
    });

    test("cancel reaches the running code", async () => {
      await world().deploy("waits", {
        "index.ts":
          "export const handler = (e, ctx) => new Promise((_, no) => { console.log('started'); ctx.signal.addEventListener('abort', () => { console.log('saw the cancel'); no(new Error('stopped')); }); });",
      });
      const { id } = (await (await post("/f/waits", {}, { prefer: "respond-async" })).json()) as {
        id: string;
      };
      await until("it runs", async () => ((await world().execution(id)).status === "running" ? true : null));
      await world().client.call(cancelExecution, { params: { id }, signal: world().signal });
      expect(await world().ended(id)).toMatchObject({ status: "cancelled", reason: "cancelled" });
      const logs = await world().client.open(getLogs, {
        params: { id },
        query: {},
        headers: { accept: "text/plain" },
        signal: world().signal,
      });
      expect(await logs.text()).toContain("saw the cancel");
    });

    test("logs are followed live by SSE and resume after the last event without gap or duplicate", async () => {
      await world().deploy("lines", {
        "index.ts":
          "export const handler = async (e) => { for (let i = 0; i < e.n; i++) { console.log('line ' + i); await new Promise((r) => setTimeout(r, 20)); } return 'done'; };",
      });
      const { id } = (await (await post("/f/lines", { n: 60 }, { prefer: "respond-async" })).json()) as {
        id: string;
      };
      const follow = async (last: string | null, most: number) => {
        const headers: Record<string, string> = {
          accept: "text/event-stream",
          ...(last === null ? {} : { "last-event-id": last }),
        };
        const response = await world().client.open(getLogs, {
          params: { id },
          query: {},
          headers,
          signal: world().signal,
        });
        const texts: string[] = [];
        let seen = "";
        let lastId = last;
        for await (const chunk of response.body ?? []) {
          seen += new TextDecoder().decode(chunk);
          for (let end = seen.indexOf("\n\n"); end >= 0; end = seen.indexOf("\n\n")) {
            const event = seen.slice(0, end);
            seen = seen.slice(end + 2);
            const data = /^data: (.*)$/m.exec(event)?.[1];
            const eventId = /^id: (.*)$/m.exec(event)?.[1];
            if (eventId !== undefined) lastId = eventId;
            const parsed = data === undefined ? {} : JSON.parse(data);
            if (typeof parsed.text === "string" && parsed.text.startsWith("line ")) texts.push(parsed.text);
            if (texts.length >= most) return { texts, lastId };
          }
        }
        return { texts, lastId };
      };
      const first = await follow(null, 10);
      const second = await follow(first.lastId, 1000);
      expect([...first.texts, ...second.texts]).toEqual(Array.from({ length: 60 }, (_, i) => `line ${i}`));
    });

    test("lists filter and page without gaps", async () => {
      await world().deploy("paged", answer("x"));
      for (let i = 0; i < 7; i++) await post("/f/paged", {});
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const query = {
          name: "paged",
          kind: "function",
          limit: 3,
          ...(cursor === undefined ? {} : { cursor }),
        };
        const page = await world().client.call(listExecutions, { query, signal: world().signal });
        ids.push(...page.items.map((item) => item.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(new Set(ids).size).toBe(7);
      expect([...ids].sort().reverse()).toEqual(ids);
      const none = await world().client.call(listExecutions, {
        query: { name: "paged", status: "failed,dead" } as never,
        signal: world().signal,
      });
      expect(none.items).toEqual([]);
    });

    test("maxConcurrency queues, or rejects with 429", async () => {
      const files = {
        "index.ts": "export const handler = (e) => new Promise((r) => setTimeout(() => r('ok'), e.ms ?? 0));",
      };
      await world().deploy("capped", files, { settings: { maxConcurrency: 1, onLimit: "queue" } });
      const both = await Promise.all([post("/f/capped", { ms: 500 }), post("/f/capped", { ms: 500 })]);
      expect(both.map((one) => one.status)).toEqual([200, 200]);
      await world().client.call(patchFunction, {
        params: { name: "capped" },
        body: { onLimit: "reject" },
        signal: world().signal,
      });
      const [one, two] = await Promise.all([
        post("/f/capped", { ms: 1500 }),
        post("/f/capped", { ms: 1500 }),
      ]);
      expect([one.status, two.status].sort()).toEqual([200, 429]);
      expect((one.status === 429 ? one : two).headers.get("retry-after")).not.toBeNull();
      const view = await world().client.call(getFunction, {
        params: { name: "capped" },
        signal: world().signal,
      });
      expect(view.latest).toBe(1);
    });

    test("ctx.invoke calls another function as a child", async () => {
      await world().deploy("callee", { "index.ts": "export const handler = (e) => ({ twice: e.n * 2 });" });
      await world().deploy("caller", {
        "index.ts": "export const handler = async (e, ctx) => ctx.invoke('callee', { n: e.n });",
      });
      const response = await post("/f/caller", { n: 21 });
      expect(await response.json()).toEqual({ twice: 42 });
      const query = { parent: executionOf(response) };
      const children = await world().client.call(listExecutions, { query, signal: world().signal });
      expect(children.items.map((item) => [item.name, item.trigger.type])).toEqual([["callee", "invoke"]]);
    });
  });
}
