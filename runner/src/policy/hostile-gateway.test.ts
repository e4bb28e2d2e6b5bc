import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { Job } from "@pulse/schema/wire/job";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aJob, FakeGateway } from "../fake-gateway.suite.ts";
import { PlayedRunner } from "../played-runner.suite.ts";
import { readPolicy } from "./policy-file.ts";

type FunctionJob = Extract<Job, { kind: "function" }>;

let gateway: FakeGateway;
let runner: PlayedRunner;
let folder: string;
let path: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-policy-"));
  path = join(folder, "policy.json");
  gateway = await FakeGateway.start();
  runner = new PlayedRunner();
});
afterEach(async () => {
  await runner.stop();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

const write = (policy: unknown) => writeFileSync(path, JSON.stringify(policy), { mode: 0o600 });
const start = async (policy: unknown) => {
  write(policy);
  await runner.start(gateway, { PULSE_POLICY: path });
};
const base = aJob("x") as FunctionJob;
const withSettings = (settings: object) => ({ spec: { ...base.spec, settings: settings as never } });
const image = (spec: object) => ({ spec: { ...base.spec, runtime: "image" as const, ...spec } });

/** Hands out a job and tells how it ended. */
async function outcome(execution: string, change: object) {
  await gateway.answerSync({ jobs: [{ ...aJob(execution), ...change } as Job] });
  return await gateway.outcomeOf(execution);
}

const refused: [what: string, policy: object, job: object, words: RegExp][] = [
  ["another project", { projects: ["web-*"] }, { project: "other" }, /nothing of the project "other"/],
  ["another function", { functions: ["resize"] }, {}, /not the function "f"/],
  ["a build", { kinds: ["function"] }, { kind: "build" }, /no build jobs/],
  ["every kind", { kinds: [] }, {}, /no function jobs/],
  ["another runtime", { runtimes: ["python"] }, {}, /no typescript functions/],
  ["secrets", { secrets: false }, { secrets: "eyJ.a.b.c.d" }, /no jobs with secrets/],
  [
    "too much memory",
    { memory: "512MB" },
    withSettings({ memory: 2 ** 30 }),
    /at most 512 MB of memory, got 1024/,
  ],
  ["memory left to the runner", { memory: "128MB" }, {}, /at most 128 MB of memory, got 256/],
  ["too many processors", { cpus: 1 }, withSettings({ cpus: 1.5 }), /at most 1 processors/],
  ["too much time", { timeout: "30s" }, { timeoutMs: 60_000 }, /at most 30 s, got 60/],
  ["open egress", { egress: "none" }, {}, /no egress/],
  ["open egress where hosts are named", { egress: ["*.example.test:443"] }, {}, /named hosts only/],
  [
    "egress to another host",
    { egress: ["*.example.test:443"] },
    withSettings({ egress: ["api.example.test:443", "169.254.169.254:80"] }),
    /no egress to 169\.254\.169\.254:80/,
  ],
  [
    "egress to a host that only looks like it",
    { egress: ["api.example.test:443"] },
    withSettings({ egress: ["apixexample.test:443"] }),
    /no egress to apixexample/,
  ],
  [
    "install scripts",
    { installScripts: false },
    withSettings({ allowInstallScripts: ["esbuild"] }),
    /no install scripts/,
  ],
  [
    "another registry",
    { images: ["registry.example.test/team/*"] },
    image({ settings: { image: "evil.example.test/team/a" }, image: "evil.example.test/team/a@sha256:00" }),
    /not the image evil/,
  ],
  [
    "an image that is pinned to something else than was written",
    { images: ["registry.example.test/team/*"] },
    image({ settings: { image: "registry.example.test/team/a" }, image: "evil.example.test/b@sha256:00" }),
    /not the image evil/,
  ],
  [
    "an image of this machine by its id",
    { images: ["registry.example.test/team/*"] },
    image({ settings: { image: "registry.example.test/team/a" }, image: `sha256:${"a".repeat(64)}` }),
    /not the image sha256:/,
  ],
  ["an image without a name", { images: ["*"] }, image({ settings: {} }), /no image without a name/],
  ["any image", { images: [] }, image({ settings: { image: "alpine" } }), /not the image alpine/],
];

test.each(refused)("%s is refused, and the execution says so", async (_what, policy, job, words) => {
  await start(policy);
  const end = await outcome("exe_bad", job);
  expect(end).toMatchObject({
    status: "failed",
    reason: "refused_by_runner",
    permanent: true,
    response: null,
  });
  expect(end.error).toMatchObject({ code: "refused_by_runner", source: "platform" });
  expect(end.error?.message).toMatch(words);
  expect(runner.ran).toEqual([]);
});

test("what the policy allows runs", async () => {
  await start({
    gateways: [gateway.url],
    projects: ["def*"],
    functions: ["f"],
    kinds: ["function"],
    runtimes: ["typescript", "image"],
    images: ["registry.example.test/team/*", `sha256:${"a".repeat(64)}`],
    egress: ["*.example.test:443"],
    memory: "256MB",
    cpus: 1,
    timeout: "60s",
  });
  const egress = { egress: ["api.example.test:443"] };
  expect(await outcome("exe_1", withSettings(egress))).toMatchObject({ status: "succeeded" });
  const pinned = "registry.example.test/team/a@sha256:00";
  const named = { settings: { ...egress, image: "registry.example.test/team/a:1" }, image: pinned };
  expect(await outcome("exe_2", image(named))).toMatchObject({ status: "succeeded" });
  expect(await outcome("exe_3", withSettings({ egress: "none" }))).toMatchObject({ status: "succeeded" });
  expect(runner.ran).toHaveLength(3);
});

const malformed: [what: string, job: object][] = [
  ["a digest that climbs out", { bundle: "sha256:../../identity.json" }],
  ["dependencies that are a path", { spec: { ...base.spec, deps: "../../../etc/passwd" } }],
  ["a version that is a path", { version: "../../x" }],
  ["a project that is a path", { project: "../x" }],
  ["memory that is a text", withSettings({ memory: "9999999999" })],
  ["memory below nothing", withSettings({ memory: -1 })],
  ["processors that are no number", withSettings({ cpus: null })],
  ["egress of another kind", withSettings({ egress: { host: "*" } })],
  ["a runtime that there is not", { spec: { ...base.spec, runtime: "shell" } }],
  ["a kind that there is not", { kind: "command", command: "rm -rf /" }],
  ["no time", { timeoutMs: null }],
  ["no settings", { spec: { ...base.spec, settings: null } }],
];

test.each(malformed)("a job with %s is refused, policy or not", async (_what, job) => {
  await runner.start(gateway);
  const end = await outcome("exe_bad", job);
  expect(end).toMatchObject({ status: "failed", reason: "refused_by_runner" });
  expect(end.error?.message).toMatch(/malformed job/);
  expect(runner.ran).toEqual([]);
  expect(await outcome("exe_good", {})).toMatchObject({ status: "succeeded" });
});

test("a job whose execution is a path is left where it is, and the next one runs", async () => {
  await runner.start(gateway);
  const bad = ["../../../x", "", "a/b", 7, null, "x".repeat(1000)].map((execution) => ({
    ...base,
    execution,
  }));
  await gateway.answerSync({ jobs: [...bad, { ...base, execution: "exe_1", fence: "../x" }] as never });
  expect(await outcome("exe_good", {})).toMatchObject({ status: "succeeded" });
  expect(runner.ran).toHaveLength(1);
  expect(runner.said.join("\n")).toContain("without a name");
});

test("a gateway that hands out a thousand jobs gets back what is far beyond the slots", async () => {
  const open = Promise.withResolvers<void>();
  runner.play = async () => {
    await open.promise;
    throw new Error("over");
  };
  await runner.start(gateway);
  const jobs = Array.from({ length: 1000 }, (_, i) => aJob(`exe_${i}`));
  await gateway.answerSync({ jobs });
  await gateway.until(() => gateway.of("POST /executions/:id/release").length === 992);
  expect(runner.ran).toHaveLength(8);
  open.resolve();
});

test("versions that the policy does not allow are not kept warm either", async () => {
  await start({ projects: ["web"] });
  const { trigger: _t, request: _r, body: _b, idempotencyKey: _i, depth: _d, ...spec } = base.spec;
  const order = { project: "web", version: "ver_1", bundle: base.bundle, secrets: null, spec, count: 1 };
  const orders = [
    order,
    { ...order, project: "other" },
    { ...order, bundle: "sha256:../x" },
    { ...order, count: 1e9 },
  ];
  await gateway.answerSync({ prewarm: { tag: "a", orders } });
  await gateway.parked();
  expect(runner.prewarmed.map(({ project }) => project)).toEqual(["web"]);
});

test("a runner that does not obey an order goes on", async () => {
  await start({ obeys: ["resume"] });
  await gateway.answerSync({
    commands: [
      { id: "1", type: "exit" },
      { id: "2", type: "drain" },
    ],
  });
  expect((await gateway.parked()).state).toBe("active");
  expect(runner.said.join("\n")).toContain('the policy says: no "exit"');
  expect(await outcome("exe_1", {})).toMatchObject({ status: "succeeded" });
});

test("a gateway that the policy does not name is not even enrolled with", async () => {
  const error = await start({ gateways: ["https://pulse.example.test"] }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProblemError);
  expect(String(error)).toContain(`no work for ${gateway.url}`);
  expect(gateway.seen).toEqual([]);
});

test("where the policy wants containers, a runner without them does not start", async () => {
  const error = await start({ process: false }).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("no code without a container around it");
  expect(gateway.seen).toEqual([]);
});

test("a change of the file counts for the next job; one that is broken allows nothing", async () => {
  await start({});
  expect(await outcome("exe_1", {})).toMatchObject({ status: "succeeded" });
  write({ projects: ["web"] });
  expect(await outcome("exe_2", {})).toMatchObject({ reason: "refused_by_runner" });
  writeFileSync(path, "{ projects: oops");
  expect((await outcome("exe_3", {})).error?.message).toMatch(
    /nothing is allowed, for the policy .* cannot be read/,
  );
  rmSync(path);
  expect(await outcome("exe_4", {})).toMatchObject({ reason: "refused_by_runner" });
  write({ projects: ["default"] });
  expect(await outcome("exe_5", {})).toMatchObject({ status: "succeeded" });
  chmodSync(path, 0o666);
  expect((await outcome("exe_6", {})).error?.message).toMatch(/can be written by others/);
});

test.each([
  ["a file that its group may write", () => chmodSync(path, 0o660), /mode 660/],
  ["a file that everyone may write", () => chmodSync(path, 0o602), /mode 602/],
  ["a folder that everyone may write", () => chmodSync(folder, 0o777), /its folder .* can be written/],
  [
    "a link to a file in such a folder",
    () => {
      const open = join(folder, "open");
      mkdirSync(open);
      chmodSync(open, 0o777);
      writeFileSync(join(open, "p.json"), "{}", { mode: 0o600 });
      rmSync(path);
      symlinkSync(join(open, "p.json"), path);
    },
    /its folder .* can be written/,
  ],
  [
    "a folder in its place",
    () => {
      rmSync(path);
      mkdirSync(path);
    },
    /it is no file/,
  ],
  ["no file", () => rmSync(path), /cannot be read/],
])("%s is refused", (_what, change, words) => {
  write({});
  change();
  expect(() => readPolicy(path)).toThrow(words);
});

test.each([
  [{ project: ["x"] }, /Unrecognized key/],
  [{ gateways: ["https://pulse.example.test/path"] }, /\/gateways\/0: must be an origin/],
  [{ memory: 512 }, /\/memory/],
  [{ memory: "lots" }, /\/memory: must be a size/],
  [{ egress: ["example.test"] }, /\/egress/],
  [{ kinds: ["shell"] }, /\/kinds\/0/],
  [{ projects: ["../x"] }, /\/projects\/0: must be a name/],
  [{ images: ["a,none"] }, /\/images\/0/],
  [[], /expected object/],
])("a policy that says %j is told what is wrong", (policy, words) => {
  write(policy);
  expect(() => readPolicy(path)).toThrow(words);
});

test("a redirect leads the runner nowhere", async () => {
  const elsewhere: string[] = [];
  const other = createServer((request, response) => {
    elsewhere.push(request.url ?? "");
    response.end("{}");
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/latest/meta-data`;
  const away = () => ({ status: 307, headers: { location } });
  gateway.on("GET /executions/:id/request", away);
  gateway.once("POST /executions/:id/logs", away);
  gateway.once("POST /complete", away);
  runner.play = async (_job, link, signal) => {
    link.log({ t: 0, s: "stdout", d: "x".repeat(2 ** 18) } as never);
    const body = await link.openBody(signal);
    await new Response(body).text();
    throw new Error("the body was read");
  };
  await runner.start(gateway);
  const end = await outcome("exe_1", { spec: { ...base.spec, body: { at: "stored", bytes: 3 } } });
  expect(end.status).toBe("failed");
  await vi.waitFor(() => expect(gateway.of("POST /complete").length).toBeGreaterThan(0));
  expect(elsewhere).toEqual([]);
  other.close();
});
