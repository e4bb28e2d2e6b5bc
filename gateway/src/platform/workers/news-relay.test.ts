import { expect, test } from "vitest";
import { FakeClock } from "../../dispatch/world.suite.ts";
import { NewsRelay } from "./news-relay.ts";

function relayOf(send: (project: string) => Promise<void> = async () => undefined) {
  const clock = new FakeClock();
  const sent: string[] = [];
  const quiet: boolean[] = [];
  const lost: unknown[] = [];
  const relay = new NewsRelay(
    clock.timer,
    (project, isQuiet) => {
      sent.push(project);
      quiet.push(isQuiet);
      return send(project);
    },
    (cause) => lost.push(cause),
  );
  return { clock, sent, quiet, lost, relay };
}

test("the first news leave at once, those of the next second together after it", async () => {
  const { clock, sent, relay } = relayOf();
  for (let i = 0; i < 100; i++) relay.tell("shop");
  expect(sent).toEqual(["shop"]);
  await clock.advance(999);
  expect(sent).toHaveLength(1);
  await clock.advance(1);
  expect(sent).toHaveLength(2);
  await clock.advance(60_000);
  expect(sent).toHaveLength(2);
});

test("that a step of a workflow has ended waits for no second, and many ends go together", async () => {
  const { clock, sent, quiet, relay } = relayOf();
  relay.tell("shop");
  for (let i = 0; i < 100; i++) relay.tell("shop", true);
  expect(quiet).toEqual([true, false]);
  await clock.advance(50);
  expect(quiet).toEqual([true, false, false]);
  await clock.advance(60_000);
  expect(sent).toHaveLength(3);
});

test("projects do not wait for each other", () => {
  const { sent, relay } = relayOf();
  for (const project of ["shop", "blog", "shop"]) relay.tell(project);
  expect(sent).toEqual(["shop", "blog"]);
});

test("news that do not arrive are reported and stop nothing", async () => {
  const { clock, sent, lost, relay } = relayOf(() => Promise.reject(new Error("away")));
  relay.tell("shop");
  await clock.advance(1000);
  relay.tell("shop");
  await clock.advance(1000);
  expect([sent.length, lost.length]).toEqual([2, 2]);
});
