import { expect, test } from "vitest";
import type { SubmitTargets } from "./commands.ts";
import type { Outcome } from "./events.ts";
import { type Answers, PlayedWorld, planOf } from "./played-world.suite.ts";

const filled = (text: string) => `\${{ ${text} }}`;
const call = (more: object = {}) => ({
  ...{ id: "call", name: "Call", type: "http", url: "http://intranet.example.test/", targets: ["all"] },
  ...more,
});
const answered = (status: number, body: unknown = null): Outcome => ({
  status: "succeeded",
  output: { status, headers: { server: "x" }, body },
});

function play(step: object, job: Answers["job"], outputs: Record<string, string> = {}): PlayedWorld {
  const plan = planOf({ defaults: { env: { A: "b" } }, steps: [step], outputs });
  return new PlayedWorld(plan, { runners: ["a", "b", "c"], ...(job === undefined ? {} : { job }) }).run();
}
const submitted = (world: PlayedWorld) => world.asked("submitTargets");

test("each target is asked to make the request, and what it was answered is its result", () => {
  const world = play(call({ headers: { "x-a": "1" } }), (_, target) => answered(200, { from: target }), {
    from: "steps.call.results.map(r => r.output.body.from)",
    codes: "steps.call.results.map(r => r.output.status)",
    all: "steps.call.output",
  });
  expect(submitted(world)).toMatchObject([
    {
      targets: [{ name: "a" }, { name: "b" }, { name: "c" }],
      job: {
        ...{ kind: "http", timeoutMs: 30_000, delivery: "atLeastOnce", env: {} },
        request: { method: "GET", url: "http://intranet.example.test/", headers: { "x-a": "1" }, body: null },
      },
    },
  ]);
  expect(world.state.status).toBe("succeeded");
  expect(world.state.outputs).toEqual({ from: ["a", "b", "c"], codes: [200, 200, 200], all: null });
});

test("the answer of a single target is the output of the step", () => {
  const outputs = { id: "steps.call.output.body.id" };
  const plan = planOf({ steps: [call()], outputs });
  const world = new PlayedWorld(plan, { runners: ["a"], job: () => answered(200, { id: 7 }) }).run();
  expect(world.state.outputs).toEqual({ id: 7 });
});

test("texts that ask for their target are filled in for each", () => {
  const world = play(call({ url: `http://${filled("target.name")}.example.test/` }), () => answered(204));
  const urls = submitted(world).map(({ job }) => (job.kind === "http" ? job.request.url : null));
  expect(urls).toEqual(["a", "b", "c"].map((name) => `http://${name}.example.test/`));
});

test("expect judges the answer of each target, and the whole of it", () => {
  const large = { list: "x".repeat(9_000_000), ok: true };
  const step = call({ expect: "body.ok", targets: { select: ["all"], strategy: { maxFailures: 1 } } });
  const world = play(step, (_, target) => answered(500, target === "b" ? {} : large));
  const { targets, output } = world.state.steps.get("call") ?? {};
  expect(Object.values(targets ?? {}).map(({ status, outcome }) => [status, outcome?.error?.code])).toEqual([
    ...[
      ["succeeded", undefined],
      ["failed", "unexpected_answer"],
      ["succeeded", undefined],
    ],
  ]);
  expect([world.state.status, output]).toEqual(["succeeded", null]);
  expect(Object.values(targets ?? {})[0]?.outcome?.output).toEqual({
    status: 500,
    headers: { server: "x" },
    body: null,
    isCut: true,
  });
});

test("more failures than may be fail the step, and say why and where", () => {
  const world = play(call(), (_, target) => answered(target === "b" ? 503 : 200));
  expect(world.state.failure).toMatchObject({
    code: "unexpected_answer",
    message: "the answer (status 503) is not as expected: status >= 200 && status < 300 on b",
  });
});

test("only the targets whose answer was wrong are asked again", () => {
  let tries = 0;
  const job = (_: SubmitTargets, target: string) => answered(target === "b" && ++tries < 3 ? 500 : 200);
  const world = play(call({ retry: { attempts: 3, delay: "1s" } }), job);
  const tried = submitted(world).map(({ targets }) => targets.map(({ name }) => name).join());
  expect(tried).toEqual(["a,b,c", "b", "b"]);
  expect(world.state.status).toBe("succeeded");
});

test("what changes things is sent once, and a lost one is lost", () => {
  const world = play(call({ method: "POST", body: { a: 1 } }), (_, target) =>
    target === "b" ? { status: "lost" } : answered(200),
  );
  expect(submitted(world)[0]?.job).toMatchObject({ delivery: "atMostOnce", onLost: "fail" });
  expect(submitted(world)).toHaveLength(1);
  expect(world.state.failure).toMatchObject({ code: "lost" });
});
