import { expect, test } from "vitest";
import { PlayedWorld, planOf } from "./played-world.suite.ts";

const t = (text: string) => `\${{ ${text} }}`;

function play(shell: string) {
  const step = {
    name: "S",
    type: "execute",
    targets: ["all"],
    command: `echo ${t("inputs.a")}`,
    shell: t("inputs.sh"),
  };
  const definition = { inputs: { a: { type: "string" }, sh: { type: "string" } }, steps: [step] };
  return new PlayedWorld(planOf(definition), { inputs: { a: "x y", sh: shell } }).run();
}

test("a shell that is known only when the step runs is looked at then, before anything is handed out", () => {
  const good = play("bash");
  expect(good.asked("submitTargets")[0]?.job).toMatchObject({ command: "echo 'x y'", shell: "bash" });
  const bad = play("fish");
  expect(bad.asked("submitTargets")).toEqual([]);
  expect(bad.state.failure).toMatchObject({
    code: "foreign_shell",
    message: expect.stringContaining("fish"),
  });
});
