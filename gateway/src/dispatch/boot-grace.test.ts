import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import { expect, test } from "vitest";
import { PlayedRunner, worldOfEach } from "./world.suite.ts";

const { bootGraceMs, giveAwayMs } = leaseNumbers;
const world = worldOfEach();
const retry = { attempts: 3, backoff: 1000, maxBackoff: 10_000, maxAge: 3_600_000 };

/** Work that a runner was known to run when the gateway stopped; the gateway is there again. */
async function runningThroughRestart(): Promise<{ runner: PlayedRunner; id: string }> {
  const runner = new PlayedRunner(world());
  await runner.join();
  const { execution } = await runner.handed({ mode: "async", retry });
  await world().hub.renew({ holder: runner.holder, running: [{ execution: execution.id, fence: 1 }] });
  await world().clock.advance(5000);
  await world().restart();
  return { runner, id: execution.id };
}

test("a runner that finds a restarted gateway just before the grace is over keeps its work", async () => {
  const { runner, id } = await runningThroughRestart();
  await world().clock.advance(bootGraceMs - 1000);
  const renewed = await world().hub.renew({ holder: runner.holder, running: [{ execution: id, fence: 1 }] });
  expect(renewed).toEqual({ leases: [{ execution: id, fence: 1, status: "ok" }] });
  await world().clock.advance(60_000);
  expect(await world().status(id)).toMatchObject({ status: "running", losses: 0 });
  expect(await runner.complete(id, 1)).toMatchObject({ results: [{ result: "ok" }] });
});

test("work of a runner that does not is given away when it is over, and not before", async () => {
  expect(bootGraceMs).toBeGreaterThan(giveAwayMs);
  const { runner, id } = await runningThroughRestart();
  await world().clock.advance(bootGraceMs - 100);
  expect(await world().status(id)).toMatchObject({ status: "running", fence: 1, losses: 0 });
  await world().clock.advance(1000);
  expect(await world().status(id)).toMatchObject({ status: "queued", losses: 1, retries_used: 0 });
  const renewed = await world().hub.renew({ holder: runner.holder, running: [{ execution: id, fence: 1 }] });
  expect(renewed).toMatchObject({ leases: [{ status: "fenced" }] });
});

test("a gateway that restarts again and again begins the grace anew each time", async () => {
  const { id } = await runningThroughRestart();
  for (let i = 0; i < 3; i++) {
    await world().clock.advance(bootGraceMs - 1000);
    await world().restart();
  }
  expect(await world().status(id)).toMatchObject({ status: "running", losses: 0 });
  await world().clock.advance(bootGraceMs + 1000);
  expect(await world().status(id)).toMatchObject({ losses: 1 });
});
