import { expect, test } from "vitest";
import { isPressed, usePartKeys } from "./part-keys.ts";

const struck = { key: "ArrowUp", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("keys are pressed with what they name, and with nothing else", () => {
  const arrows = { keys: ["ArrowUp", "ArrowDown"] } as const;
  expect(isPressed(struck, arrows)).toBe(true);
  expect(isPressed({ ...struck, shiftKey: true }, arrows)).toBe(false);
  expect(isPressed({ ...struck, altKey: true }, { ...arrows, alt: true })).toBe(true);
  expect(
    isPressed(
      { ...struck, key: "Z", metaKey: true, shiftKey: true },
      { keys: ["z"], mod: true, shift: true },
    ),
  ).toBe(true);
  expect(isPressed({ ...struck, key: "z" }, { keys: ["z"], mod: true })).toBe(false);
});

test("keys run with what they are given, and one that does nothing now is left to the browser", () => {
  const ran: unknown[] = [];
  const handle = usePartKeys<number>("chart.part", [
    { keys: ["Enter"], name: "chart.key_take", run: (key, given) => void ran.push([key, given]) },
    { keys: ["Escape"], name: "chart.key_leave", run: () => false },
  ]);
  let prevented = 0;
  const event = (key: string) => ({ ...struck, key, preventDefault: () => (prevented += 1) }) as never;
  for (const key of ["Enter", "Escape", "x"]) handle(event(key), 7);
  expect([ran, prevented]).toEqual([[["Enter", 7]], 1]);
});
