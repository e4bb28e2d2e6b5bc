import { readdirSync, readFileSync } from "node:fs";
import { ProblemError } from "@pulse/schema/problem";
import { describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { type DeployOptions, executionOf, type World } from "../world.ts";

interface BadCall {
  name: string;
  source: string;
  settings?: DeployOptions["settings"];
  status: number;
  code: string;
  reason?: string;
  says?: RegExp;
}

const badCalls: BadCall[] = [
  {
    name: "answers something that cannot be serialised",
    source: "export const handler = () => { const a = {}; a.a = a; return a; };",
    status: 502,
    code: "bad_response",
  },
  {
    name: "exits the process",
    source: "export const handler = () => { process.exit(3); };",
    status: 502,
    code: "crashed",
  },
  {
    name: "never answers",
    source: "export const handler = () => new Promise(() => {});",
    settings: { timeout: "1s" },
    status: 504,
    code: "timed_out",
  },
  {
    name: "blocks the event loop for ever",
    source: "export const handler = () => { for (;;); };",
    settings: { timeout: "1s" },
    status: 504,
    code: "timed_out",
  },
  {
    name: "answers after its timeout",
    source: "export const handler = () => new Promise((r) => setTimeout(() => r('late'), 1500));",
    settings: { timeout: "1s" },
    status: 504,
    code: "timed_out",
  },
];

/** Processes that the tests' functions left behind, by their odd argument. */
function sleepers(): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("sleep\x300.25");
    } catch {
      return false;
    }
  });
}

/** What goes wrong, and what it is answered. Nothing else suffers: after each case a good function still answers. */
export function badInputSuite(world: () => World): void {
  const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
    world().call(path, { method: "POST", body, headers });
  const problemOf = async (response: Response) => {
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  const refusal = async (deploy: Promise<unknown>): Promise<ProblemError> => {
    const error = await deploy.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ProblemError)) throw new Error(`expected a problem, got ${String(error)}`);
    return error;
  };
  const stillWell = async () => {
    await world().deploy("well", { "index.ts": "export const handler = () => 'well';" });
    expect(await (await post("/f/well", "{}")).text()).toBe("well");
  };

  describe("bad input", () => {
    test.each(badCalls)("a function that $name", async ({ name, source, settings, status, code }) => {
      const slug = `bad-${name.replace(/[^a-z]+/g, "-")}`.slice(0, 60).replace(/-$/, "");
      await world().deploy(slug, { "index.ts": source }, settings === undefined ? {} : { settings });
      const response = await post(`/f/${slug}`, "{}");
      const execution = executionOf(response);
      expect(await problemOf(response)).toEqual([status, code]);
      expect(await world().ended(execution)).toMatchObject({ reason: code });
      await stillWell();
    });

    test.each([
      ["does not parse", { "index.ts": "export const handler = ( => {" }, /index\.ts/],
      ["has no handler", { "index.ts": "export const nothing = 1;" }, /handler/],
      ["throws at import", { "index.ts": "throw new Error('at import');" }, /at import/],
    ])("code that %s fails its deploy and says so", async (_name, files, says) => {
      const problem = await refusal(world().deploy("unloadable", files));
      expect([problem.code, problem.status]).toEqual(["build_failed", 422]);
      expect(JSON.stringify(problem.toDocument())).toMatch(says);
    });

    test.each([
      ["../out", { "index.ts": "export const handler = () => 1;", "../evil.ts": "" }],
      ["an absolute path", { "index.ts": "export const handler = () => 1;", "/etc/evil": "" }],
      [
        "10,000 files",
        Object.fromEntries(
          Array.from({ length: 10_000 }, (_, i) => [i === 0 ? "index.ts" : `f${i}.txt`, ""]),
        ),
      ],
    ])("a bundle with %s is refused", async (_name, files) => {
      const problem = await refusal(world().deploy("bundle", files as Record<string, string>));
      expect(["invalid_bundle", "validation_failed"]).toContain(problem.code);
      expect(problem.status).toBe(422);
    });

    test.each([
      ["a/b", 400, "bad_request"],
      ["a%2fb", 422, "validation_failed"],
      ["ñandú", 422, "validation_failed"],
      ["x".repeat(300), 422, "validation_failed"],
      ["UPPER", 422, "validation_failed"],
      ["-dash", 422, "validation_failed"],
    ])("the name %j is refused in words", async (name, status, code) => {
      const problem = await refusal(world().deploy(name, { "index.ts": "export const handler = () => 1;" }));
      expect([problem.status, problem.code]).toEqual([status, code]);
      expect(problem.message.length).toBeGreaterThan(10);
      const called = await world().call(`/f/${encodeURIComponent(name)}`);
      expect(called.status).toBe(404);
    });

    test("a function that prints 50 MB answers, with its log cut and marked", async () => {
      await world().deploy("loud", {
        "index.ts":
          "export const handler = async () => { const l = 'x'.repeat(999); for (let i = 0; i < 50000; i++) console.log(l); return 'said'; };",
      });
      const response = await post("/f/loud", "{}");
      expect(await response.text()).toBe("said");
      const id = executionOf(response);
      const logs = await world().call(`/v1/executions/${id}/logs`, { headers: { accept: "text/plain" } });
      expect((await logs.text()).length).toBeLessThan(12_000_000);
      await stillWell();
    });

    test.each([
      [
        "typescript",
        {
          "index.ts":
            "import { closeSync } from 'node:fs';\nexport const handler = () => { closeSync(1); console.log('lost'); return 'answered'; };",
        },
      ],
      [
        "python",
        {
          "main.py":
            "import os\ndef handler(event, ctx):\n    os.close(1)\n    try:\n        print('lost', flush=True)\n    except OSError:\n        pass\n    return 'answered'\n",
        },
      ],
    ] as const)("%s code that closes its stdout still answers", async (runtime, files) => {
      await world().deploy(`closes-${runtime}`, files, { runtime });
      const response = await post(`/f/closes-${runtime}`, "{}");
      expect([response.status, await response.text()]).toEqual([200, "answered"]);
      await stillWell();
    });

    test.each([
      [
        "typescript",
        {
          "index.ts":
            "import { spawn } from 'node:child_process';\nexport const handler = () => { const child = spawn('sleep', ['600.25'], { detached: true, stdio: 'ignore' }); child.unref(); setTimeout(() => process.exit(1), 50); return new Promise(() => {}); };",
        },
      ],
      [
        "python",
        {
          "main.py":
            "import os, time\ndef handler(event, ctx):\n    if os.fork() == 0:\n        os.setsid()\n        os.execvp('sleep', ['sleep', '600.25'])\n    time.sleep(0.05)\n    os._exit(1)\n",
        },
      ],
    ] as const)("a child that %s code leaves behind ends with its sandbox", async (runtime, files) => {
      await world().deploy(`forks-${runtime}`, files, { runtime });
      const response = await post(`/f/forks-${runtime}`, "{}");
      expect(await problemOf(response)).toEqual([502, "crashed"]);
      await until("the child is gone", async () => (sleepers().length === 0 ? true : null));
      await stillWell();
    });

    test("JSON of depth 10,000 neither breaks the gateway nor the function", async () => {
      await world().deploy("deep", { "index.ts": "export const handler = (e) => Array.isArray(e);" });
      const deep = "[".repeat(10_000) + "]".repeat(10_000);
      expect((await post("/f/deep", deep)).status).toBe(200);
      await world().deploy(
        "deep-python",
        { "main.py": "def handler(event, ctx):\n    return isinstance(event, list)\n" },
        { runtime: "python" },
      );
      expect(await problemOf(await post("/f/deep-python", deep))).toEqual([400, "bad_request"]);
      const control = await post("/v1/functions/deep/versions", deep, { "content-type": "application/json" });
      expect(await problemOf(control)).toEqual([400, "invalid_json"]);
      await stillWell();
    });

    test("JSON that does not parse is the caller's fault", async () => {
      await world().deploy("json", { "index.ts": "export const handler = (e) => e;" });
      expect(await problemOf(await post("/f/json", "{nope"))).toEqual([400, "bad_request"]);
    });

    test("a body over the limit is 413", async () => {
      await world().deploy(
        "small",
        { "index.ts": "export const handler = (e) => 1;" },
        { settings: { endpoint: { maxBody: "1KB" } } },
      );
      expect(await problemOf(await post("/f/small", "x".repeat(2000)))).toEqual([413, "payload_too_large"]);
      const big = new Uint8Array(1_100_000);
      expect(await problemOf(await post("/f/json", big, { prefer: "respond-async" }))).toEqual([
        413,
        "payload_too_large",
      ]);
    });

    test.each([["0"], ["2"], [null]])(
      "a runner of protocol %s is told so, before anything else of it is looked at",
      async (spoken) => {
        for (const path of ["enroll", "token", "session", "sync", "complete"]) {
          const headers = {
            "content-type": "application/json",
            ...(spoken === null ? {} : { "pulse-protocol": spoken }),
          };
          const response = await post(`/runner/v1/${path}`, "{}", headers);
          expect(await problemOf(response)).toEqual([426, "protocol_unsupported"]);
        }
        await stillWell();
      },
    );

    test("a caller who leaves changes nothing: the work ends and is recorded", async () => {
      await world().deploy("leave", {
        "index.ts": "export const handler = () => new Promise((r) => setTimeout(() => r('done'), 1000));",
      });
      const leave = new AbortController();
      const call = world().call("/f/leave", { method: "POST", body: "{}", signal: leave.signal });
      const row = await until("the call is there", async () => {
        const list = await world().call("/v1/executions?name=leave");
        return ((await list.json()) as { items: { id: string }[] }).items[0] ?? null;
      });
      leave.abort();
      await call.catch(() => undefined);
      expect(await world().ended(row.id)).toMatchObject({ status: "succeeded" });
    });
  });
}
