import { expect, test } from "vitest";
import { triggerChanges } from "./trigger-changes.ts";

const cron = (at: string) => ({ type: "cron", cron: at });
const hook = { type: "webhook", id: "now", auth: "bearer" };

test.each([
  ["nothing", undefined, undefined, []],
  ["a new one", [], [cron("1 * * * *")], ["added cron 1 * * * *"]],
  ["one that is gone", [cron("1 * * * *")], undefined, ["removed cron 1 * * * *"]],
  ["one that says something else", [cron("1 * * * *")], [cron("2 * * * *")], ["changed cron 2 * * * *"]],
  [
    "one before another",
    [cron("1 * * * *")],
    [hook, cron("1 * * * *")],
    ["added webhook now", "kept cron 1 * * * *"],
  ],
  [
    "one with an id that moved",
    [hook, cron("1 * * * *")],
    [{ ...hook, auth: "none" }],
    ["changed webhook now", "removed cron 1 * * * *"],
  ],
])("%s", (_, before, after, changes) => {
  expect(triggerChanges(before, after).map(({ kind, text }) => `${kind} ${text}`)).toEqual(changes);
});
