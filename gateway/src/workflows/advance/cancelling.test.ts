import { expect, test } from "vitest";
import type { Cause, Outcome } from "./events.ts";
import { PlayedWorld, planOf } from "./played-world.suite.ts";

const t = (text: string) => `\${{ ${text} }}`;
const lost: Outcome = { status: "lost" };
const run = (name: string, more: object = {}) => ({
  ...{ name, type: "execute", command: name, targets: ["all"] },
  ...more,
});
const told = (cause: Omit<Cause, "at"> & Record<string, unknown>) => cause as Omit<Cause, "at">;

test("a word to cancel that is said again after a crash does not stop what comes after the steps", () => {
  const plan = planOf({ steps: [run("one")], finally: [run("clean")] });
  const world = new PlayedWorld(plan, { runners: ["a"], job: () => null }).start();
  world.tell(told({ type: "cancel.requested", by: "above", word: "exe_0/w#1" }));
  expect(world.ends()).toEqual({ one: "cancelled" });
  world.tell(told({ type: "cancel.requested", by: "above", word: "exe_0/w#1" }));
  expect([world.state.phase, world.ends()]).toEqual(["finally", { one: "cancelled" }]);
  // A person's second word does.
  world.cancel();
  expect(world.ends()).toEqual({ one: "cancelled", clean: "cancelled" });
});

test("a lost target whose job cannot be made again fails alone: the others of its batch are waited for", () => {
  const steps = [run("one", { onLost: "ask", env: { WHO: `${t("target.name")}${t("vars.n.x")}` } })];
  const world = new PlayedWorld(planOf({ vars: { n: { x: 1 } }, steps }), {
    runners: ["a", "b"],
    job: (_, target) => (target === "a" ? lost : null),
  }).start();
  world.state.vars.n = null;
  const [prompt] = world.asked("openPrompt");
  world.tell(told({ type: "prompt.answered", key: prompt?.key ?? "", response: "Retry", by: "anna" }));
  expect(world.state.steps.get("one")).toMatchObject({
    status: "running",
    targets: { run_a: { status: "failed" } },
  });
  expect(world.asked("cancelTargets")).toEqual([]);
});
