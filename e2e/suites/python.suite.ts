import { getFunction } from "@pulse/schema/wire/functions";
import { describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { executionOf, type World } from "../world.ts";

interface BadCall {
  name: string;
  source: string;
  settings?: Record<string, unknown>;
  status: number;
  code: string;
}

const badCalls: BadCall[] = [
  {
    name: "raises",
    source: "def handler(event, ctx):\n    return event['width']\n",
    status: 500,
    code: "function_error",
  },
  {
    name: "returns a set",
    source: "def handler(event, ctx):\n    return {1, 2}\n",
    status: 502,
    code: "bad_response",
  },
  {
    name: "leaves by os._exit",
    source: "import os\ndef handler(event, ctx):\n    os._exit(3)\n",
    status: 502,
    code: "crashed",
  },
  {
    name: "loops for ever",
    source: "def handler(event, ctx):\n    while True: pass\n",
    settings: { timeout: "1s" },
    status: 504,
    code: "timed_out",
  },
  {
    name: "sleeps past its timeout and then answers",
    source: "import time\ndef handler(event, ctx):\n    time.sleep(1.5)\n    return 'late'\n",
    settings: { timeout: "1s" },
    status: 504,
    code: "timed_out",
  },
];

/** The same promises for Python as the other suites make for TypeScript. */
export function pythonSuite(world: () => World): void {
  const deploy = (name: string, source: string, settings: Record<string, unknown> = {}) =>
    world().deploy(name, { "main.py": source }, { runtime: "python", settings });
  const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
    world().call(path, { method: "POST", body, headers });
  const logOf = async (id: string) =>
    await (await world().call(`/v1/executions/${id}/logs`, { headers: { accept: "text/plain" } })).text();

  describe("Python", () => {
    test("main's annotations become a schema, are checked, and fill in defaults", async () => {
      await deploy("py-main", "def main(name: str, times: int = 2) -> str:\n    return name * times\n");
      expect(await (await post("/f/py-main", '{"name":"ab"}')).text()).toBe("abab");
      const wrong = await post("/f/py-main", '{"name":"ab","times":"many"}');
      expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([400, "bad_request"]);
      const view = await world().client.call(getFunction, {
        params: { name: "py-main" },
        signal: world().signal,
      });
      expect(JSON.stringify(view)).toContain("name");
    });

    test("fetch sees every byte, method, sub-path and header, and answers with its own", async () => {
      await deploy(
        "py-fetch",
        `import json
async def fetch(request, ctx):
    body = await request.body()
    answer = {"method": request.method, "url": request.url, "bytes": len(body), "sum": sum(body) % 65521, "mine": request.headers.get("x-mine")}
    return json.dumps(answer), 207, {"x-own": "yes", "content-type": "application/json"}
`,
      );
      const bytes = new Uint8Array(100_000).map((_, at) => (at * 7) % 256);
      const response = await world().call("/f/py-fetch/a%2Fb?x=1", {
        method: "PUT",
        body: bytes,
        headers: { "x-mine": "1" },
      });
      expect([response.status, response.headers.get("x-own")]).toEqual([207, "yes"]);
      const seen = (await response.json()) as Record<string, unknown>;
      expect(seen).toMatchObject({ method: "PUT", bytes: 100_000, mine: "1" });
      expect(seen.sum).toBe(bytes.reduce((all, one) => all + one, 0) % 65521);
      expect(String(seen.url)).toContain("/a%2Fb?x=1");
    });

    test("the first event of a generator arrives before it ends", async () => {
      await deploy(
        "py-ticks",
        `import asyncio
go = None
async def handler(event, ctx):
    global go
    if event.get("release"):
        go.set()
        return "released"
    go = asyncio.Event()
    async def items():
        yield {"data": "first"}
        await go.wait()
        yield {"data": "last"}
    return items()
`,
        { concurrency: 4 },
      );
      const response = await post("/f/py-ticks", "{}");
      const reader = response.body?.getReader();
      if (reader === undefined) throw new Error("no body");
      expect(new TextDecoder().decode((await reader.read()).value)).toContain("data: first");
      expect(await (await post("/f/py-ticks", '{"release":true}')).text()).toBe("released");
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read())
        rest += new TextDecoder().decode(part.value);
      expect(rest).toContain("data: last");
    });

    test("a 200 MB response passes", async () => {
      await deploy(
        "py-big",
        "def handler(event, ctx):\n    block = b'\\x07' * 1_000_000\n    return (block for _ in range(200))\n",
      );
      const response = await post("/f/py-big", "{}");
      let bytes = 0;
      for await (const chunk of response.body ?? []) bytes += chunk.length;
      expect(bytes).toBe(200_000_000);
    });

    test("the error of a call names the user's own file and line", async () => {
      await world().deploy(
        "py-lines",
        {
          "main.py": "from shapes import area\ndef handler(event, ctx):\n    return area(event)\n",
          "shapes.py": "def area(event):\n    # the width is missing\n    return event['width']\n",
        },
        { runtime: "python" },
      );
      const response = await post("/f/py-lines", "{}");
      const { error } = await world().execution(executionOf(response));
      expect(error).toMatchObject({ message: "KeyError: 'width'", file: "shapes.py", line: 3 });
      expect(error?.stack).toContain("main.py");
    });

    test("ctx.log, prints and wait_until work are in the log", async () => {
      await deploy(
        "py-log",
        `import asyncio, sys
async def later():
    await asyncio.sleep(0.2)
    print("after the answer")
async def handler(event, ctx):
    ctx.log.info("structured", {"n": 1})
    print("plain")
    print("to stderr", file=sys.stderr)
    ctx.wait_until(later())
    return "answered"
`,
      );
      const response = await post("/f/py-log", "{}");
      expect(await response.text()).toBe("answered");
      const text = await logOf(executionOf(response));
      for (const said of ["structured", "plain", "to stderr"]) expect(text).toContain(said);
      const late = async () =>
        (await logOf(executionOf(response))).includes("after the answer") ? true : null;
      await until("what it went on with is in the log too", late);
    });

    test("PermanentError is not retried; RetryAfter is", async () => {
      await deploy(
        "py-retry",
        `def handler(event, ctx):
    if event.get("never"):
        raise ctx.PermanentError("never")
    if ctx.attempt == 1:
        raise ctx.RetryAfter(1)
    return ctx.attempt
`,
      );
      const start = async (body: string) =>
        ((await (await post("/f/py-retry", body, { prefer: "respond-async" })).json()) as { id: string }).id;
      expect(await world().ended(await start('{"never":true}'))).toMatchObject({
        status: "failed",
        attempt: 1,
      });
      expect(await world().ended(await start("{}"))).toMatchObject({ status: "succeeded", attempt: 2 });
    });

    test("cancel reaches the running code", async () => {
      await deploy(
        "py-cancel",
        `import asyncio
async def handler(event, ctx):
    print("started")
    while not ctx.cancelled.is_set():
        await asyncio.sleep(0.02)
    print("saw the cancel")
`,
      );
      const { id } = (await (await post("/f/py-cancel", "{}", { prefer: "respond-async" })).json()) as {
        id: string;
      };
      await until("it runs", async () => ((await world().execution(id)).status === "running" ? true : null));
      await world().call(`/v1/executions/${id}/cancel`, { method: "POST" });
      expect(await world().ended(id)).toMatchObject({ status: "cancelled" });
      expect(await logOf(id)).toContain("saw the cancel");
    });

    test("ctx.invoke calls a TypeScript function", async () => {
      await world().deploy("py-callee", {
        "index.ts": "export const handler = (e) => ({ twice: e.n * 2 });",
      });
      await deploy(
        "py-caller",
        "async def handler(event, ctx):\n    return await ctx.invoke('py-callee', {'n': 21})\n",
      );
      expect(await (await post("/f/py-caller", "{}")).json()).toEqual({ twice: 42 });
    });

    test.each(badCalls)("a function that $name", async ({ name, source, settings, status, code }) => {
      const slug = `py-${name.replace(/[^a-z]+/g, "-")}`;
      await deploy(slug, source, settings);
      const response = await post(`/f/${slug}`, "{}");
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
      await deploy("py-well", "def handler(event, ctx):\n    return 'well'\n");
      expect(await (await post("/f/py-well", "{}")).text()).toBe("well");
    });

    test.each([
      ["does not parse", "def handler(event, ctx:\n", /main\.py/],
      ["has no handler", "nothing = 1\n", /handler/],
      ["raises at import", "raise RuntimeError('at import')\n", /at import/],
      ["ends the process at import", "import os\nos._exit(4)\n", /code 4/],
    ])("code that %s fails its deploy and says so", async (_name, source, says) => {
      const problem: unknown = await deploy("py-unloadable", source).catch((error: unknown) => error);
      expect(problem).toMatchObject({
        code: "build_failed",
        status: 422,
        message: expect.stringMatching(says),
      });
    });
  });
}
