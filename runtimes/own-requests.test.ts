import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jsonOf, load, perform, placeCode } from "./case-runner.ts";
import { Bootstrap, type Language } from "./frame-driver.ts";

const python = spawnSync("python3", ["-c", "import sys; print(sys.executable)"]);
const programs: Record<Language, string | null> = {
  typescript: process.env.PULSE_TEST_NODE ?? "node",
  python: process.env.PULSE_TEST_PYTHON ?? (python.status === 0 ? python.stdout.toString().trim() : null),
};

let server: Server;
let origin: string;
let seen: (string | undefined)[];
beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    seen.push(String(request.headers["pulse-depth"] ?? "none"));
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Each calls its own gateway, says the depth itself, and calls somebody else, who is the same under another name. */
const files = {
  typescript: {
    "index.js": [
      "export default async function (request, ctx) {",
      "  const { own, other } = await request.json();",
      "  await fetch(own);",
      "  await fetch(new Request(own, { method: 'POST', body: 'x', headers: { 'pulse-depth': '0' } }));",
      "  await fetch(new URL(other));",
      "  return { depth: ctx.depth };",
      "}",
    ],
  },
  python: {
    "main.py": [
      "from urllib.request import Request, urlopen",
      "",
      "def handler(event, ctx):",
      "    urlopen(event['own']).read()",
      "    urlopen(Request(event['own'], b'x', {'Pulse-Depth': '3'})).read()",
      "    urlopen(event['other']).read()",
      "    return {'depth': ctx.depth}",
    ],
  },
};

describe.each(["typescript", "python"] as const)("%s", (language) => {
  test.skipIf(programs[language] === null).each([1, 2])(
    "a request to its own gateway says how deep it lies, and no other does, with %i calls at a time",
    async (concurrency) => {
      const { entry, remove } = placeCode(files[language]);
      const runtime = await Bootstrap.start(language, "socket", programs[language] ?? "");
      try {
        expect(await load(runtime, entry, { concurrency })).toMatchObject({ ok: true });
        const body = { json: { own: `${origin}/f/me`, other: origin.replace("127.0.0.1", "localhost") } };
        const head = { depth: 2, url: `${origin}/f/me` };
        const answered = await perform(runtime, 1, { request: { body, head }, expect: {} });
        expect([answered.error, jsonOf(answered.body)]).toEqual([null, { depth: 2 }]);
        expect(seen).toEqual(["3", "3", "none"]);
      } finally {
        await runtime.destroy();
        remove();
      }
    },
  );
});
