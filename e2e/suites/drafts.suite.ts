import {
  buildDraft,
  type DraftRunBody,
  deleteDraft,
  getDraft,
  listDrafts,
  putDraft,
  runDraft,
} from "@pulse/schema/wire/drafts";
import { getInput, getLogs } from "@pulse/schema/wire/executions";
import { deployVersion, getSource, listVersions } from "@pulse/schema/wire/functions";
import { getStats } from "@pulse/schema/wire/stats";
import { describe, expect, test } from "vitest";
import type { World } from "../world.ts";

/** Code that is written in a browser: saved, run and deployed. */
export function draftsSuite(world: () => World): void {
  const save = (
    name: string,
    files: Record<string, string>,
    runtime: "typescript" | "python" = "typescript",
  ) => world().client.call(putDraft, { params: { name }, body: { runtime, files }, signal: world().signal });
  const run = (name: string, body: Partial<DraftRunBody> = {}, wait = 60) =>
    world().client.call(runDraft, { params: { name }, query: { wait }, body, signal: world().signal });
  const versionsOf = async (name: string) =>
    (await world().client.call(listVersions, { params: { name }, query: {}, signal: world().signal })).items;

  describe("drafts", () => {
    test("a function that does not exist yet is written, run and then deployed", async () => {
      const { client, signal } = world();
      const params = { name: "written" };
      const files = {
        "index.ts":
          "import { twice } from './twice.ts';\nexport const handler = (e) => { console.log('seen', e.n); return { is: twice(e.n) }; };",
        "twice.ts": "export const twice = (n: number) => 2 * n;",
      };
      await save("written", files);
      const { execution, response, build } = await run("written", { input: { n: 21 } });
      expect(execution).toMatchObject({ status: "succeeded", version: null, trigger: { type: "draft" } });
      expect(execution.timing.runMs).toBeGreaterThanOrEqual(0);
      expect(response).toMatchObject({ status: 200, body: { text: '{"is":42}' } });
      expect(build).toMatchObject({ status: "ready", reused: false, error: null });
      const id = { id: execution.id };
      const logs = await client.open(getLogs, {
        params: id,
        query: {},
        headers: { accept: "text/plain" },
        signal,
      });
      expect(await logs.text()).toContain("seen 21");
      const input = await client.call(getInput, { params: id, signal });
      expect(input).toMatchObject({ method: "POST", path: "/", body: { text: '{"n":21}' } });

      expect((await world().call("/f/written", { method: "POST" })).status).toBe(404);
      const drafts = await client.call(listDrafts, { query: {}, signal });
      expect(drafts.items).toMatchObject([{ name: "written", exists: false }]);
      const { runtime, files: written } = await client.call(getDraft, { params, signal });
      await client.call(deployVersion, {
        params,
        query: { wait: 60 },
        body: { runtime, files: written },
        signal,
      });
      await client.call(deleteDraft, { params, signal });
      expect((await versionsOf("written")).map(({ version }) => version)).toEqual([1]);
      const called = await world().call("/f/written", { method: "POST", body: '{"n":4}' });
      expect(await called.json()).toEqual({ is: 8 });
      const source = await client.call(getSource, { params: { ...params, version: "live" }, signal });
      expect(Object.fromEntries(source.files.map(({ path, text }) => [path, text]))).toEqual(files);
      const stats = await client.call(getStats, { query: { name: ["written"] }, signal });
      // The call counts, the run of the draft does not.
      expect(stats.items[0]?.ok.reduce((sum, one) => sum + one, 0)).toBe(1);
    });

    test("the call arrives as it was asked for, and runs again without a build", async () => {
      await save("asked", {
        "index.ts":
          "export default { async fetch(request) { return new Response(JSON.stringify([request.method, new URL(request.url).pathname + new URL(request.url).search, request.headers.get('x-one'), await request.text()]), { status: 418, headers: { 'x-two': '2' } }); } };",
      });
      const call = { method: "PUT", path: "/a/b?c=d", headers: { "x-one": "1" }, body: "größer" } as const;
      const first = await run("asked", call);
      expect(first.response).toMatchObject({ status: 418, body: { text: expect.any(String) } });
      expect(first.response?.headers).toContainEqual(["x-two", "2"]);
      const shown = first.response?.body ?? { text: "null" };
      const [method, path, one, body] = JSON.parse("text" in shown ? shown.text : "null");
      expect([method, one, body]).toEqual(["PUT", "1", "größer"]);
      expect(path).toMatch(/\/a\/b\?c=d$/);
      const again = await run("asked", call);
      expect(again.build).toMatchObject({ reused: true, execution: first.build.execution });
    });

    test.each([
      ["typescript" as const, "index.ts", "const one = 1;\nexport const handler = () => {;\n"],
      ["python" as const, "main.py", "one = 1\ndef handler(event, ctx:\n    return 1\n"],
    ])("code in %s that cannot be loaded is told with file and line", async (runtime, file, text) => {
      const name = `broken-${runtime}`;
      await save(name, { [file]: text }, runtime);
      const { client, signal } = world();
      const build = await client.call(buildDraft, { params: { name }, query: { wait: 60 }, signal });
      expect(build).toMatchObject({ status: "failed", error: { file, line: expect.any(Number) } });
      await expect(run(name)).rejects.toMatchObject({
        code: "build_failed",
        extras: { members: { file, line: build.error?.line, buildExecution: build.execution } },
      });
    });

    test("code that throws ends at once with its line, and is not tried again", async () => {
      await save("throws", {
        "index.ts": "// one\nexport const handler = () => {\n  throw new Error('no');\n};",
      });
      const { execution, response } = await run("throws", { input: {} });
      expect(execution).toMatchObject({
        status: "failed",
        reason: "function_error",
        attempt: 1,
        error: { message: expect.stringContaining("no"), file: "index.ts", line: 3 },
      });
      expect(response).toBeNull();
    });

    test("a run that takes long is answered before its end and goes on; a large answer is kept", async () => {
      await save("long", {
        "index.ts":
          "export const handler = async (e) => { await new Promise((r) => setTimeout(r, e.ms)); return 'x'.repeat(e.size); };",
      });
      const { execution, response } = await run("long", { input: { ms: 1500, size: 3_000_000 } }, 0);
      expect(["queued", "offered", "running"]).toContain(execution.status);
      expect(response).toBeNull();
      expect((await world().ended(execution.id)).status).toBe("succeeded");
      const result = await world().call(`/v1/executions/${execution.id}/result`);
      expect((await result.text()).length).toBe(3_000_000);
      const large = await run("long", { input: { ms: 0, size: 3_000_000 } });
      expect(large.response).toMatchObject({ status: 200, body: null });
    });
  });
}
