import { expect, test } from "vitest";
import { MergedLogs } from "./merged-logs.ts";
import { stepsOf } from "./step-logs.ts";

function line(number: number, second: number) {
  const time = new Date(second * 1000).toISOString();
  const one = { line: number, seq: number, time, stream: "stdout" as const, level: "info" };
  return { ...one, text: `${number}`, runner: null };
}

const told = (logs: MergedLogs) => [...logs.ready()].map(({ runner, item }) => `${runner} ${item.text}`);

test("lines come in the order of time, none before it is known that nothing precedes it", () => {
  const logs = new MergedLogs();
  logs.add("exe_1", "pi-1");
  logs.add("exe_2", "pi-2");
  expect(logs.begin()).toEqual([
    { id: "exe_1", from: 1 },
    { id: "exe_2", from: 1 },
  ]);
  logs.take("exe_1", [line(1, 10), line(2, 30)], 3);
  logs.take("exe_2", [line(1, 10), line(2, 20)], 3);
  // The third of pi-2 may be before the second of pi-1.
  expect(told(logs)).toEqual(["pi-1 1", "pi-2 1", "pi-2 2"]);
  expect(logs.wanted()).toEqual([{ id: "exe_2", from: 3 }]);
  logs.take("exe_2", [line(3, 25)], 3);
  expect(told(logs)).toEqual(["pi-2 3", "pi-1 2"]);
  logs.take("exe_1", [line(3, 31)], 3);
  expect(told(logs)).toEqual(["pi-1 3"]);
  expect(logs.wanted()).toEqual([]);
});

test("what comes later is asked for from where it was left, and a log that has nothing holds nothing up", () => {
  const logs = new MergedLogs();
  logs.add("exe_1", "pi-1");
  logs.begin();
  logs.take("exe_1", [line(1, 1)], 1);
  expect(told(logs)).toEqual(["pi-1 1"]);
  logs.add("exe_2", "warehouse-07");
  logs.add("exe_1", "pi-1");
  expect([logs.count, logs.room]).toEqual([2, 12]);
  expect(logs.begin()).toEqual([
    { id: "exe_1", from: 2 },
    { id: "exe_2", from: 1 },
  ]);
  logs.take("exe_1", [line(2, 2)], 2);
  logs.take("exe_2", [], 0);
  expect(told(logs)).toEqual(["pi-1 2"]);
});

test("a log's own order stands, whatever its clock did", () => {
  const logs = new MergedLogs();
  logs.add("exe_1", "pi-1");
  logs.add("exe_2", "pi-2");
  logs.begin();
  logs.take("exe_1", [line(1, 30), line(2, 10)], 2);
  logs.take("exe_2", [line(1, 20), line(2, 40)], 2);
  expect(told(logs)).toEqual(["pi-2 1", "pi-1 1", "pi-1 2", "pi-2 2"]);
});

test("a step is meant by its path, else its id, else its name, with all that have it", () => {
  const steps = [
    { path: "each[0]/do", id: "do", name: "Update" },
    { path: "each[1]/do", id: "do", name: "Update" },
    { path: "last", id: "last", name: "do" },
  ];
  const paths = (word: string) => stepsOf(steps, word).map(({ path }) => path);
  expect(paths("each[1]/do")).toEqual(["each[1]/do"]);
  expect(paths("do")).toEqual(["each[0]/do", "each[1]/do"]);
  expect(paths("Update")).toEqual(["each[0]/do", "each[1]/do"]);
  expect(paths("nothing")).toEqual([]);
});
