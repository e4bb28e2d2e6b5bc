import { expect, test } from "vitest";
import { EngineWorld, exampleDefinition } from "./engine-world.suite.ts";
import { PlayedOutside } from "./played-outside.suite.ts";

const yes = () => "Yes";
const no = () => "No";
const failing = (command: string) => (/verify|test/.test(command) ? "failed" : "succeeded");

/** What a run came to: its end, those of its steps, and how often each job of its began. */
async function play(
  {
    definition,
    answer,
    job,
  }: { definition: unknown; answer: (message: string) => string | null; job?: typeof failing },
  dieAt: number | null,
  when: "before" | "after",
) {
  const outside = new PlayedOutside();
  if (job !== undefined)
    outside.job = (command) => ({ status: job(command) === "failed" ? "failed" : "succeeded", exitCode: 0 });
  const world = await EngineWorld.make(outside);
  world.answer = answer;
  const id = await world.start(definition);
  const mortal = world.restart(dieAt, when);
  await world.play(id, mortal);
  const { status } = await world.status(id);
  const ends = await world.ends(id);
  const begun = [...outside.started].map(([key, count]) => [key.replace(id, ""), count] as const).sort();
  const left = await world.rows(
    "SELECT 'timer' FROM workflow_timers UNION ALL SELECT 'child' FROM workflow_children UNION ALL SELECT 'prompt' FROM prompts WHERE closed_at IS NULL",
  );
  expect(left).toEqual([]);
  expect(world.problems).toEqual([]);
  const facts = await world.rows("SELECT count(*) AS n FROM workflow_events WHERE type = 'step.started'");
  world.close();
  return { writes: mortal.writes, outcome: { status, ends, begun, facts } };
}

const runs = [
  { name: "check-disk-space", answer: yes },
  { name: "backup-with-verification", answer: yes },
  { name: "backup-with-verification", answer: no },
  { name: "interactive-system-update", answer: yes },
  { name: "interactive-system-update", answer: no },
];

test.each(runs)(
  "$name ends the same wherever the gateway is killed, each job begun once",
  async ({ name, answer }) => {
    const run = { definition: exampleDefinition(name), answer };
    const { writes, outcome } = await play(run, null, "after");
    expect(outcome.status).toBe("succeeded");
    expect(outcome.begun.every(([, count]) => count === 1)).toBe(true);
    expect(writes).toBeGreaterThan(2);
    for (let dieAt = 1; dieAt <= writes; dieAt++) {
      for (const when of ["before", "after"] as const) {
        const again = await play(run, dieAt, when);
        expect([dieAt, when, again.outcome]).toEqual([dieAt, when, outcome]);
      }
    }
  },
  60_000,
);

test("a run with retries, a roll-back and a handler ends the same wherever the gateway is killed", async () => {
  const definition = {
    rollback: "auto",
    steps: [
      {
        name: "put",
        type: "execute",
        command: "put",
        rollback: [{ name: "take back", type: "execute", command: "take", targets: ["@touched"] }],
      },
      { name: "gate", type: "wait", duration: 1000 },
      {
        name: "many",
        type: "foreach",
        items: [1, 2, 3],
        steps: [{ name: "each", type: "execute", command: "echo" }],
      },
      {
        name: "test",
        type: "execute",
        command: "test it",
        delivery: "atLeastOnce",
        retry: { attempts: 2, delay: 500 },
        onFailure: [{ name: "collect", type: "execute", command: "collect" }],
      },
    ],
    finally: [{ name: "report", type: "http", url: "https://example.test/" }],
  };
  const run = { definition, answer: yes, job: failing };
  const { writes, outcome } = await play(run, null, "after");
  expect(outcome.status).toBe("failed");
  expect(outcome.ends).toMatchObject({
    put: "succeeded",
    test: "failed",
    collect: "succeeded",
    take_back: "succeeded",
    report: "succeeded",
  });
  for (let dieAt = 1; dieAt <= writes; dieAt++) {
    const again = await play(run, dieAt, dieAt % 2 === 0 ? "before" : "after");
    expect([dieAt, again.outcome]).toEqual([dieAt, outcome]);
  }
}, 60_000);
