import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createKey } from "@pulse/schema/wire/auth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programPath } from "./platforms/program-env.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World } from "./world.ts";

const greet = `export const schema = {
  type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false,
};
export const handler = ({ name }) => ({ hello: name });
`;

describe.each([
  ["Node", undefined],
  ["Workers", startWorkersGateway],
] as const)("on %s", (_, startGateway) => {
  let world: World;
  const open: Client[] = [];
  beforeAll(async () => {
    world = await startWorld(startGateway === undefined ? {} : { startGateway });
    await world.deploy(
      "greet",
      { "index.ts": greet },
      { settings: { mcp: { description: "Greets somebody." } } },
    );
  }, 240_000);
  afterAll(async () => {
    await Promise.all(open.map((client) => client.close()));
    await world?.stop();
  }, 60_000);

  async function agent(name: string, scopes: string[], mode: "legacy" | { pin: string }): Promise<Client> {
    const made = await world.client.call(createKey, { body: { name, scopes }, signal: world.signal });
    const client = new Client({ name, version: "1" }, { versionNegotiation: { mode } });
    const headers = { authorization: `Bearer ${made.key}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL("/mcp", world.url), { requestInit: { headers } }),
    );
    open.push(client);
    return client;
  }

  test("an agent that may only look finds what ran and what it printed, and changes nothing", async () => {
    const looks = await agent("looks", ["read"], { pin: "2026-07-28" });
    expect((await looks.listTools()).tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
    await world.call("/f/greet", {
      method: "POST",
      body: '{"name":"Ada"}',
      headers: { "content-type": "application/json" },
    });
    const ran = await looks.callTool({ name: "list_executions", arguments: { kind: "function", limit: 1 } });
    const { items } = ran.structuredContent as { items: { id: string }[] };
    const logs = await looks.callTool({ name: "get_logs", arguments: { id: items[0]?.id } });
    expect(logs.structuredContent).toMatchObject({ status: 200, truncated: false });
    const refused = await looks.callTool({ name: "delete_function", arguments: { name: "greet" } });
    expect(refused).toMatchObject({ isError: true, structuredContent: { code: "forbidden" } });
  });

  test.each([
    ["2026-07-28", { pin: "2026-07-28" }],
    ["2025-11-25", "legacy"],
  ] as const)(
    "in %s an agent calls a function, deploys another version of it and calls that",
    async (revision, mode) => {
      const works = await agent(`works-${revision}`, ["read", "execute", "deploy"], mode);
      expect(works.getNegotiatedProtocolVersion()).toBe(revision);
      const call = async () => await works.callTool({ name: "call_greet", arguments: { name: "Ada" } });
      expect(await call()).toMatchObject({
        isError: false,
        structuredContent: { hello: expect.stringContaining("Ada") },
      });
      const files = { "index.ts": greet.replace("hello: name", `hello: name + " in ${revision}"`) };
      const deployed = await works.callTool(
        {
          name: "deploy_version",
          arguments: { name: "greet", wait: 60, body: { runtime: "typescript", files } },
        },
        { timeout: 90_000 },
      );
      expect(deployed).toMatchObject({ isError: false, structuredContent: { status: "ready" } });
      expect(await call()).toMatchObject({ structuredContent: { hello: `Ada in ${revision}` } });
      const told = await world.call("/v1/audit?action=function.deploy&limit=1");
      expect((await told.json()).items).toMatchObject([
        { actor: { kind: "agent", name: `works-${revision}` }, target: "greet", outcome: "done" },
      ]);
    },
  );
});

test("pulse mcp prints what a client wants, and nothing secret", async () => {
  const entry = programPath("cli/src/main.ts");
  const own = { PULSE_GATEWAY: "https://pulse.example.test", PULSE_KEY: "pk_secret", PULSE_LANG: "es" };
  const env = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...own };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [entry, "mcp"], { env });
  expect(JSON.parse(stdout)).toEqual({
    mcpServers: {
      pulse: {
        type: "http",
        url: "https://pulse.example.test/mcp",
        headers: { Authorization: `Bearer \${PULSE_KEY}` },
      },
    },
  });
  expect(stderr).toContain("pulse key create");
  expect(stdout + stderr).not.toContain("pk_secret");
});
