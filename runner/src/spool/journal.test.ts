import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Completion } from "@pulse/schema/wire/runner-protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Journal } from "./journal.ts";
import { SpoolSpace } from "./space.ts";

let root: string;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "pulse-journal-"));
  said = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const outcomeOf = (name: string, text = name): Completion => ({
  execution: `exe_${name}`,
  fence: 1,
  outcome: {
    ...{ status: "succeeded", reason: null, error: null, permanent: false, retryAfterMs: null, built: null },
    response: { status: 200, headers: [], body: { base64: btoa(text) } },
    ...{ timing: {}, truncated: false, logs: { lastSeq: 0, bytes: 0 } },
  },
});

function open(folder: string): { journal: Journal; left: Completion[]; space: SpoolSpace } {
  mkdirSync(folder, { recursive: true });
  const say = (line: string) => void said.push(line);
  const space = new SpoolSpace(folder, 2 ** 20, say);
  const journal = new Journal({ folder, space, say, syncsBefore: async () => undefined });
  return { journal, space, left: journal.recover() };
}

const names = (left: readonly Completion[]) => left.map(({ execution }) => execution.slice(4)).sort();
const files = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".journal"));

describe("the journal of outcomes", () => {
  test("what was kept and not settled is there for the next process, whole", async () => {
    const { journal } = open(root);
    for (const name of ["a", "b", "c"]) journal.add(outcomeOf(name, name.repeat(1000)), false);
    await journal.flush();
    journal.settle("exe_b", 1);
    await journal.close();
    const { left } = open(root);
    expect(left).toEqual([outcomeOf("a", "a".repeat(1000)), outcomeOf("c", "c".repeat(1000))]);
  });

  test("where everything is settled no file is left", async () => {
    const { journal, space } = open(root);
    journal.add(outcomeOf("a"), false);
    await journal.flush();
    journal.settle("exe_a", 1);
    await journal.close();
    expect(files(root)).toEqual([]);
    expect(space.usedBytes).toBe(0);
  });

  test("an outcome that is settled before it was written is never written", async () => {
    const { journal } = open(root);
    journal.add(outcomeOf("a"), false);
    journal.settle("exe_a", 1);
    await journal.flush();
    expect(files(root)).toEqual([]);
  });

  test("an older fence's settlement leaves the newer one's outcome", async () => {
    const { journal } = open(root);
    journal.add(outcomeOf("a"), false);
    journal.add({ ...outcomeOf("a"), fence: 2 }, false);
    await journal.flush();
    journal.settle("exe_a", 1);
    await journal.close();
    expect(open(root).left.map(({ fence }) => fence)).toEqual([2]);
  });

  test("files are bounded: many settled outcomes leave no more than the newest", async () => {
    const { journal } = open(root);
    for (let at = 0; at < 30; at++) {
      journal.add(outcomeOf(String(at), "x".repeat(600_000)), false);
      await journal.flush();
      journal.settle(`exe_${at}`, 1);
    }
    expect(files(root).length).toBeLessThanOrEqual(2);
    await journal.close();
  });

  test("a crash at any byte keeps every outcome that was durable, invents none, and says what is damaged", async () => {
    const { journal } = open(root);
    const script: ["add" | "settle", string][] = [
      ["add", "a"],
      ["add", "b"],
      ["settle", "a"],
      ["add", "c"],
      ["settle", "c"],
      ["settle", "b"],
      ["add", "d"],
      ["add", "e"],
      ["settle", "d"],
      ["add", "f"],
    ];
    const size = () => readFileSync(join(root, files(root)[0] ?? "")).length;
    const live = new Set<string>();
    const stages: { size: number; live: Set<string>; added: Set<string> }[] = [];
    const added = new Set<string>();
    for (const [what, name] of script) {
      if (what === "settle") {
        journal.settle(`exe_${name}`, 1);
        live.delete(name);
        continue;
      }
      journal.add(outcomeOf(name, name.repeat(50)), false);
      await journal.flush();
      live.add(name);
      added.add(name);
      stages.push({ size: size(), live: new Set(live), added: new Set(added) });
    }
    const image = readFileSync(join(root, files(root)[0] ?? ""));
    let run = 0;
    fc.assert(
      fc.property(fc.nat(image.length), (cut) => {
        const folder = join(root, `image-${++run}`);
        mkdirSync(folder);
        writeFileSync(join(folder, "000000000000001-0.journal"), image.subarray(0, cut));
        const { left } = open(folder);
        const durable = stages.findLast((stage) => stage.size <= cut)?.live ?? new Set();
        const next = stages.find((stage) => stage.size > cut) ?? stages.at(-1);
        const found = new Set(names(left));
        // A later settlement may already be in the image, so what is missing must have been settled by the next stage.
        for (const name of durable) if (next?.live.has(name)) expect(found).toContain(name);
        for (const name of found) expect(next?.added).toContain(name);
        for (const one of left) {
          const name = one.execution.slice(4);
          expect(one).toEqual(outcomeOf(name, name.repeat(50)));
        }
      }),
      { numRuns: 300 },
    );
    await journal.close();
  });

  test("a flipped byte costs one outcome, and one line says so", async () => {
    const { journal } = open(root);
    for (const name of ["a", "b", "c"]) journal.add(outcomeOf(name), false);
    await journal.flush();
    const name = files(root)[0] ?? "";
    const image = readFileSync(join(root, name));
    const middle = Math.floor(image.length / 2);
    image.writeUInt8(image.readUInt8(middle) ^ 4, middle);
    const folder = join(root, "image");
    mkdirSync(folder);
    writeFileSync(join(folder, name), image);
    expect(names(open(folder).left)).toEqual(["a", "c"]);
    expect(said.filter((line) => line.includes("damaged"))).toHaveLength(1);
    await journal.close();
  });

  test("what earlier processes left is not written into, and goes when it is settled", async () => {
    const first = open(root);
    first.journal.add(outcomeOf("a"), false);
    await first.journal.close();
    const second = open(root);
    second.journal.add(outcomeOf("b"), false);
    await second.journal.flush();
    expect(files(root)).toHaveLength(2);
    second.journal.settle("exe_a", 1);
    expect(files(root)).toHaveLength(1);
    await second.journal.close();
    expect(names(open(root).left)).toEqual(["b"]);
  });
});
