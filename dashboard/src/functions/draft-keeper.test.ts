import { ProblemError } from "@pulse/schema/problem";
import type { DraftBody } from "@pulse/schema/wire/drafts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DraftKeeper, type KeepState } from "./draft-keeper.ts";

const draft = (text: string): DraftBody => ({ runtime: "python", files: { "main.py": text }, settings: {} });

/** A server's draft: answers, fails or waits as told, and keeps what it was given. */
function makeServer(revision: number | null) {
  const server = {
    revision,
    texts: [] as unknown[],
    isReachable: true,
    gate: null as Promise<void> | null,
    async write(body: DraftBody, over: number | null | "any") {
      await server.gate;
      if (!server.isReachable) throw new ProblemError("unavailable", "away");
      if (over !== "any" && over !== server.revision) throw new ProblemError("precondition_failed", "moved");
      server.revision = (server.revision ?? 0) + 1;
      server.texts.push(body.files["main.py"]);
      return server.revision;
    },
  };
  return server;
}

function keep(server: ReturnType<typeof makeServer>) {
  const states: KeepState[] = [];
  const keeper = new DraftKeeper(server.revision, server.write, ({ state }) => states.push(state));
  return { keeper, states };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("typing is written once, a moment after the last change", async () => {
  const server = makeServer(3);
  const { keeper, states } = keep(server);
  keeper.edit(draft("a"));
  await vi.advanceTimersByTimeAsync(500);
  keeper.edit(draft("ab"));
  await vi.advanceTimersByTimeAsync(700);
  expect(server.texts).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(server.texts).toEqual(["ab"]);
  expect(keeper.revision).toBe(4);
  expect(states).toEqual(["unsaved", "unsaved", "saving", "saved"]);
});

test("what is typed during a write follows it, over the new revision", async () => {
  const server = makeServer(null);
  const { keeper } = keep(server);
  const gate = Promise.withResolvers<void>();
  server.gate = gate.promise;
  keeper.edit(draft("a"));
  const flushed = keeper.flush();
  await vi.advanceTimersByTimeAsync(0);
  keeper.edit(draft("ab"));
  gate.resolve();
  await flushed;
  expect(keeper.state).toBe("unsaved");
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.texts).toEqual(["a", "ab"]);
  expect(keeper.state).toBe("saved");
});

test("without an answer the draft is kept here and tried again until it is there", async () => {
  const server = makeServer(1);
  server.isReachable = false;
  const { keeper } = keep(server);
  keeper.edit(draft("a"));
  expect(await keeper.flush()).toBe(false);
  expect([keeper.state, keeper.unwritten]).toEqual(["offline", draft("a")]);
  server.isReachable = true;
  await vi.advanceTimersByTimeAsync(3000);
  expect([keeper.state, keeper.unwritten, server.texts]).toEqual(["saved", null, ["a"]]);
});

test("a draft that somebody else wrote is never overwritten by itself", async () => {
  const server = makeServer(1);
  const { keeper } = keep(server);
  server.revision = 2;
  keeper.edit(draft("mine"));
  await keeper.flush();
  keeper.edit(draft("mine still"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect([keeper.state, server.texts]).toEqual(["conflict", []]);
  expect(await keeper.insist()).toBe(true);
  expect([server.texts, keeper.revision]).toEqual([["mine still"], 3]);
});

test("taking the other draft ends the conflict and writes nothing", async () => {
  const server = makeServer(1);
  const { keeper } = keep(server);
  server.revision = 2;
  keeper.edit(draft("mine"));
  await keeper.flush();
  keeper.accept(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([keeper.state, server.texts]).toEqual(["saved", []]);
});

test("what the gateway refuses waits for the next change", async () => {
  const refused = new ProblemError("validation_failed", "no");
  const answers: (() => Promise<number>)[] = [() => Promise.reject(refused), () => Promise.resolve(2)];
  const keeper = new DraftKeeper(
    1,
    () => answers.shift()?.() ?? Promise.reject(new Error("asked too often")),
    () => {},
  );
  keeper.edit(draft("a"));
  await keeper.flush();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(keeper.state).toBe("refused");
  keeper.edit(draft("b"));
  await vi.advanceTimersByTimeAsync(1000);
  expect(keeper.state).toBe("saved");
});
