import { expect, test } from "vitest";
import type { PlacedLine } from "./log-lines.ts";
import { mergedLines, type PiecedLog } from "./merged-lines.ts";

const line = (t: number, d: string): PlacedLine => ({
  at: { fence: 1, seq: 1 },
  attempt: 1,
  line: { seq: 1, t, s: "stdout", d },
});
/** A log that gives these pieces, and how many of them were asked for. */
function log(...pieces: [number, string][][]): PiecedLog & { asked: number } {
  return {
    asked: 0,
    async next() {
      const piece = pieces[this.asked] ?? [];
      this.asked += 1;
      return piece.map(([t, d]) => line(t, d));
    },
  };
}
async function told(...logs: PiecedLog[]): Promise<string> {
  const texts: string[] = [];
  for await (const some of mergedLines(logs)) texts.push(...some.map(({ placed }) => placed.line.d));
  return texts.join(" ");
}

test("lines stand in the order of time over all pieces, those of one moment in the order of the logs", async () => {
  const one = log([[1, "a1"], [5, "a5"]], [[9, "a9"]]); // biome-ignore format: a piece a line
  const other = log([[1, "b1"]], [[2, "b2"], [9, "b9"]], [[9, "b9'"]]); // biome-ignore format: a piece a line
  expect(await told(one, other, log())).toBe("a1 b1 b2 a5 a9 b9 b9'");
});

test("a log keeps its order where its clock went back", async () => {
  expect(await told(log([[5, "a5"], [2, "a2"]]), log([[3, "b3"], [6, "b6"]]))).toBe("b3 a5 a2 b6"); // biome-ignore format: a log a word
});

test("a piece is asked for only when the one before it was given out", async () => {
  const late = log([[9, "late"]], [[10, "later"]]);
  const lines = mergedLines([log([[1, "first"]], [[2, "second"]]), late]);
  await lines.next();
  expect(late.asked).toBe(1);
  await lines.return(undefined);
});

test("hundreds of logs are merged", async () => {
  const logs = Array.from({ length: 300 }, (_, i) =>
    log([[300 - i, `${300 - i}`]], [[1000 + i, `${1000 + i}`]]),
  );
  const wanted = [
    ...Array.from({ length: 300 }, (_, i) => i + 1),
    ...Array.from({ length: 300 }, (_, i) => 1000 + i),
  ];
  expect(await told(...logs)).toBe(wanted.join(" "));
});
