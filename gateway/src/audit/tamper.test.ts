import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson, checkChain, entryHash } from "@pulse/schema/audit-chain";
import type { AuditEntry, AuditHead } from "@pulse/schema/wire/audit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeClock } from "../dispatch/world.suite.ts";
import { openDatabase } from "../platform/node/database.ts";
import { addEntry, type ChainPorts, headOf, newPendingId } from "./chain.ts";
import { auditLines } from "./export.ts";
import type { NewEntry } from "./store.ts";

const entriesMade = 12;
const clock = new FakeClock();
let folder: string;
let gateways: (ChainPorts & { close(): void })[];
let head: AuditHead;
let seed = 20_261_121;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pulse-audit-"));
  const open = async () => {
    const database = await openDatabase(folder);
    const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
    const soon = (callback: () => void) => void setImmediate(callback);
    return { database, random, soon, now: clock.now, close: () => database.close() };
  };
  gateways = [await open(), await open(), await open()];
  await Promise.all(
    Array.from({ length: entriesMade }, (_, i) => {
      const ports = at(gateways, i % gateways.length);
      return addEntry(ports, newPendingId(ports), entry(i));
    }),
  );
  head = await headOf(at(gateways, 0), "default");
  // From here on the file is only tampered with.
  await run("PRAGMA synchronous = OFF");
  await run("CREATE TABLE kept AS SELECT * FROM audit");
});
afterAll(async () => {
  for (const one of gateways) one.close();
  await rm(folder, { recursive: true });
});

function entry(i: number): NewEntry {
  return {
    project: "default",
    at: new Date(clock.now() + i * 1000).toISOString(),
    actor: { kind: i % 3 === 0 ? "person" : "key", id: `key_${i}`, name: `person ${i} ñ` },
    action: i % 4 === 0 ? "key.create" : "function.change",
    target: i % 5 === 0 ? null : `thing-${i}`,
    outcome: i % 7 === 0 ? "refused" : "done",
    code: i % 7 === 0 ? "not_found" : null,
    address: i % 2 === 0 ? "192.0.2.7" : null,
    requestId: `req-${i}`,
    before: i % 4 === 0 ? null : { maxConcurrency: i },
    after: i % 4 === 0 ? null : { maxConcurrency: i + 1, note: "a\u0000b" },
    details: { n: i, text: "\ud83d\ude00", list: [1, 2.5, null, true] },
  };
}

/** mulberry32: the same tampers in every run. */
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const upTo = (n: number) => Math.floor(random() * n);
function at<T>(list: readonly T[], i: number): T {
  const found = list[i];
  if (found === undefined) throw new Error(`nothing is at ${i}`);
  return found;
}
const one = <T>(list: readonly T[]): T => at(list, upTo(list.length));
const run = (sql: string, args: (string | number | null)[] = []) =>
  at(gateways, 0).database.client.execute({ sql, args });

async function exported(): Promise<string[]> {
  let text = "";
  for await (const some of auditLines(at(gateways, 0), "default", 0)) text += some;
  return text.trimEnd().split("\n");
}

/** Another text, one character of it changed, added or gone. */
function altered(text: string): string {
  const i = upTo(text.length + 1);
  const letter = String.fromCharCode(97 + upTo(26));
  const changes = [
    text.slice(0, i) + letter + text.slice(i + 1),
    text.slice(0, i) + letter + text.slice(i),
    text.slice(0, i) + text.slice(i + 1),
  ];
  const changed = one(changes);
  return changed === text ? `${text}x` : changed;
}

async function rehashed(entries: readonly AuditEntry[], from: number, to: number): Promise<AuditEntry[]> {
  const made = [...entries];
  for (let i = from; i <= to; i++) {
    const { hash: _, ...rest } = at(made, i);
    const prev = i > from ? at(made, i - 1).hash : rest.prev;
    made[i] = { ...rest, prev, hash: await entryHash({ ...rest, prev }) };
  }
  return made;
}

const lineTampers: Record<string, (lines: string[]) => string[] | Promise<string[]>> = {
  "a byte": (lines) => lines.with(upTo(lines.length), altered(one(lines))),
  "a line that is gone": (lines) => lines.toSpliced(upTo(lines.length), 1),
  "a line twice": (lines) => lines.toSpliced(upTo(lines.length), 0, at(lines, upTo(entriesMade))),
  "two lines in each other's place": (lines) => {
    const i = upTo(lines.length);
    const j = (i + 1 + upTo(lines.length - 1)) % lines.length;
    return lines.with(i, at(lines, j)).with(j, at(lines, i));
  },
  "the rest cut off": (lines) => lines.slice(0, upTo(lines.length)),
  "a cut in the middle of a line": (lines) => {
    const text = lines.join("\n");
    return text.slice(0, upTo(text.length - 1)).split("\n");
  },
  "the end cut off, under a head that fits": (lines) => {
    const kept = 1 + upTo(entriesMade - 1);
    const { hash }: AuditEntry = JSON.parse(at(lines, kept - 1));
    return [...lines.slice(0, kept), canonicalJson({ project: "default", seq: kept, hash })];
  },
  "a field, with the hash made anew": async (lines) => {
    const entries = lines.slice(0, -1).map((line): AuditEntry => JSON.parse(line));
    const i = upTo(entriesMade);
    const changed = entries.with(i, { ...at(entries, i), target: `forged-${upTo(1e9)}` });
    return [...(await rehashed(changed, i, i)).map(canonicalJson), at(lines, entriesMade)];
  },
  "all from an entry on, with every hash and the head made anew": async (lines) => {
    const entries = lines.slice(0, -1).map((line): AuditEntry => JSON.parse(line));
    const i = upTo(entriesMade);
    const changed = entries.with(i, { ...at(entries, i), outcome: "failed", code: `forged${upTo(1e9)}` });
    const made = await rehashed(changed, i, entriesMade - 1);
    const { seq, hash } = at(made, entriesMade - 1);
    return [...made.map(canonicalJson), canonicalJson({ project: "default", seq, hash })];
  },
  "an entry in between, with all after it made anew": async (lines) => {
    const entries = lines.slice(0, -1).map((line): AuditEntry => JSON.parse(line));
    const i = 1 + upTo(entriesMade - 1);
    const extra = { ...at(entries, i - 1), action: "key.create", prev: at(entries, i - 1).hash };
    const made = entries.toSpliced(i, 0, extra).map((each, n) => ({ ...each, seq: n + 1 }));
    const linked = await rehashed(made, i, entriesMade);
    const { seq, hash } = at(linked, entriesMade);
    return [...linked.map(canonicalJson), canonicalJson({ project: "default", seq, hash })];
  },
};

const texts = [
  "actor_kind",
  "actor_id",
  "actor_name",
  "action",
  "outcome",
  "request_id",
  "details",
  "prev",
  "hash",
];
const nullable = ["target", "code", "address", "before", "after"];
const someSeq = () => 1 + upTo(entriesMade);

const rowTampers: Record<string, () => Promise<unknown>> = {
  async "a text of a row"() {
    const column = one(texts);
    const seq = someSeq();
    const { rows } = await run(`SELECT ${column} AS was FROM audit WHERE seq = ?`, [seq]);
    await run(`UPDATE audit SET ${column} = ? WHERE seq = ?`, [altered(String(rows[0]?.was)), seq]);
  },
  async "something where nothing was, or nothing where something was"() {
    const column = one(nullable);
    const given = column === "before" || column === "after" ? '{"x":1}' : "x";
    await run(`UPDATE audit SET ${column} = CASE WHEN ${column} IS NULL THEN ? END WHERE seq = ?`, [
      given,
      someSeq(),
    ]);
  },
  "another time": () =>
    run("UPDATE audit SET at = at + ? WHERE seq = ?", [one([-1, 1, 0.5, 86_400_000]), someSeq()]),
  "a row that is gone": () => run("DELETE FROM audit WHERE seq = ?", [someSeq()]),
  "another number": () =>
    run("UPDATE audit SET seq = ? WHERE seq = ?", [one([0, -1, 1000, 10.5]), someSeq()]),
  async "two rows in each other's place"() {
    const i = someSeq();
    const j = (i % entriesMade) + 1;
    const swap = "UPDATE audit SET seq = ? WHERE seq = ?";
    await run(swap, [-1, i]);
    await run(swap, [i, j]);
    await run(swap, [j, -1]);
  },
  "the end cut off": () => run("DELETE FROM audit WHERE seq > ?", [upTo(entriesMade)]),
  "the start cut off": () => run("DELETE FROM audit WHERE seq <= ?", [1 + upTo(entriesMade - 1)]),
  async "the end cut off, and the head moved back"() {
    const kept = 1 + upTo(entriesMade - 1);
    await run("DELETE FROM audit WHERE seq > ?", [kept]);
    await run(
      "UPDATE facts SET value = ? || ' ' || (SELECT hash FROM audit WHERE seq = ?) WHERE name = 'audit head: default'",
      [kept, kept],
    );
  },
  async "all of it, and the head"() {
    await run("DELETE FROM audit");
    await run("DELETE FROM facts WHERE name = 'audit head: default'");
  },
  async "another head"() {
    const value = altered(`${entriesMade} ${head.hash}`);
    await run("UPDATE facts SET value = ? WHERE name = 'audit head: default'", [value]);
  },
  "another project": () => run("UPDATE audit SET project = 'other' WHERE seq = ?", [someSeq()]),
};

async function restore(): Promise<void> {
  const head0 = `${head.seq} ${head.hash}`;
  await at(gateways, 0).database.client.batch(
    [
      "DELETE FROM audit",
      "INSERT INTO audit SELECT * FROM kept",
      {
        sql: "INSERT INTO facts VALUES ('audit head: default', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        args: [head0],
      },
    ],
    "write",
  );
}

test("three gateways that write at once over one database make one chain", async () => {
  const report = await checkChain(await exported(), { heads: [head] });
  expect(report).toMatchObject({ ok: true, entries: entriesMade, head: { seq: entriesMade }, faults: [] });
});

test("of 7,000 tampers with an export each is found", async () => {
  const lines = await exported();
  const kinds = Object.keys(lineTampers);
  const unfound: string[] = [];
  for (let n = 0; n < 7000; n++) {
    const kind = at(kinds, n % kinds.length);
    const changed = (await lineTampers[kind]?.(lines)) ?? lines;
    if (changed.join("\n") === lines.join("\n")) throw new Error(`${kind} changed nothing`);
    if ((await checkChain(changed, { heads: [head] })).ok) unfound.push(`${kind}: ${changed.join("\n")}`);
  }
  expect(unfound).toEqual([]);
}, 120_000);

test("of 3,000 tampers with the database each is found", async () => {
  const kinds = Object.keys(rowTampers);
  const unfound: string[] = [];
  for (let n = 0; n < 3000; n++) {
    const kind = at(kinds, n % kinds.length);
    await rowTampers[kind]?.();
    if ((await checkChain(await exported(), { heads: [head] })).ok) unfound.push(kind);
    await restore();
  }
  expect(unfound).toEqual([]);
  expect((await checkChain(await exported(), { heads: [head] })).ok).toBe(true);
}, 120_000);

test("an entry that is written after a tamper does not heal it", async () => {
  const ports = at(gateways, 1);
  for (const tamper of [
    "DELETE FROM audit WHERE seq > 8",
    "UPDATE audit SET target = 'forged' WHERE seq = 12",
    "UPDATE facts SET value = '8 ' || (SELECT hash FROM audit WHERE seq = 8) WHERE name = 'audit head: default'; UPDATE audit SET target = 'x' WHERE seq = 9",
  ]) {
    await ports.database.client.executeMultiple(tamper);
    await addEntry(ports, newPendingId(ports), entry(99));
    expect((await checkChain(await exported())).ok).toBe(false);
    await restore();
  }
});
