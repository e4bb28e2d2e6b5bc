import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Conversation } from "./conversation.ts";
import { type Deployed, deploy, RecordingLink } from "./recording-link.suite.ts";
import { firstCredit } from "./response-body.ts";
import { exitedBy, ScriptedCell } from "./scripted-sandbox.suite.ts";

const never = new AbortController().signal;
const part = Buffer.alloc(65_536);
const head = { status: 200, headers: [] };
let folder: string;
let deployed: Deployed;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-conversation-"));
  deployed = await deploy(folder, "typescript", { "index.js": "" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function loaded(cell = new ScriptedCell()) {
  const conversation = new Conversation(cell);
  cell.greet();
  await conversation.greeted(never);
  const stray: string[] = [];
  const loading = conversation.load({}, (_stream, _level, text) => stray.push(text), never);
  cell.ready();
  await loading;
  return { cell, conversation, stray };
}

async function called(link = new RecordingLink(deployed.archive), body = false) {
  const all = await loaded();
  let hasLeft = false;
  const job = deployed.call({ spec: { body: { at: body ? "piped" : "none" } } });
  const call = all.conversation.call(job, link, never, () => {
    hasLeft = true;
  });
  await all.cell.gets("Q", 1);
  return { ...all, call, link, hasLeft: () => hasLeft };
}

/** A link whose caller takes nothing. */
function stalled(): RecordingLink {
  const link = new RecordingLink(deployed.archive);
  link.reader = (body) => body.getReader().closed.then(() => undefined);
  return link;
}

test("more of a response than the credit allows ends the process, and its calls with words", async () => {
  const { cell, call, conversation, link } = await called(stalled());
  cell.send("H", 1, head);
  for (let sent = 0; sent <= firstCredit; sent += part.length) cell.send("B", 1, part);
  expect(await call.ended).toBe(null);
  expect((await conversation.ended).fault).toContain(
    "broke the protocol: it sent more of a response than it may",
  );
  expect([cell.isDestroyed, call.isTruncated, link.responses]).toEqual([true, true, 1]);
});

test("credit comes back as the reader takes, never more than was taken", async () => {
  const { cell, call, link } = await called();
  cell.send("H", 1, head);
  for (let sent = 0; sent < firstCredit; sent += part.length) cell.send("B", 1, part);
  await cell.gets("W", 1);
  await link.until(() => link.body.length === firstCredit);
  cell.send("E", 1);
  await call.ended;
  await link.bodyRead;
  const given = cell.got.filter(({ type }) => type === "W").map(({ payload }) => payload.readUInt32BE());
  expect(given.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(firstCredit);
});

test("a head after the stop reaches nobody, and its body is thrown away with its credit given back", async () => {
  const { cell, call, link } = await called();
  call.stop("timed_out");
  cell.send("H", 1, head);
  for (let sent = 0; sent < 4 * firstCredit; sent += part.length) cell.send("B", 1, part);
  cell.send("E", 1);
  expect(await call.ended).toEqual({ answered: true });
  expect([link.responses, call.isTruncated]).toEqual([0, false]);
});

test("a response that is stopped half-way breaks off at once, also for a reader that does not read", async () => {
  const { cell, call, link } = await called(stalled());
  cell.send("H", 1, head);
  cell.send("B", 1, "half");
  await link.until(() => link.head !== null);
  call.stop("cancelled");
  await link.bodyRead;
  cell.send("E", 1);
  await call.ended;
  expect([String(link.bodyError), call.isTruncated]).toEqual([expect.stringContaining("cancelled"), true]);
});

test("what was sent before an error arrives before the error", async () => {
  const { cell, call, link } = await called();
  cell.send("H", 1, head);
  cell.send("B", 1, "half");
  cell.send("X", 1, { code: "function_error", message: "no more" });
  expect(await call.ended).toMatchObject({ error: { message: "no more" } });
  await link.bodyRead;
  expect([link.body.toString(), String(link.bodyError), call.isTruncated]).toEqual([
    "half",
    "Error: no more",
    true,
  ]);
});

test("a reader that leaves is told to the call, which keeps its credit", async () => {
  const link = new RecordingLink(deployed.archive);
  link.reader = (body) => body.cancel();
  const { cell, call, hasLeft } = await called(link);
  cell.send("H", 1, head);
  for (let sent = 0; sent < 4 * firstCredit; sent += part.length) cell.send("B", 1, part);
  cell.send("E", 1);
  await call.ended;
  expect([hasLeft(), call.isTruncated]).toEqual([true, true]);
});

test.each([
  ["a body before its head", [["B", "x"]]],
  ["an end without a head", [["E", ""]]],
  [
    "two heads",
    [
      ["H", head],
      ["H", head],
    ],
  ],
  ["a head that is no head", [["H", { status: "fine" }]]],
  ["a head that is no JSON", [["H", "{"]]],
  [
    "a body after its end",
    [
      ["H", head],
      ["E", ""],
      ["B", "x"],
    ],
  ],
  [
    "an error after an end",
    [
      ["H", head],
      ["E", ""],
      ["X", { code: "function_error", message: "" }],
    ],
  ],
  ["a finish without a response", [["D", {}]]],
] as [string, [string, unknown][]][])(
  "%s breaks the protocol and ends the process",
  async (_what, frames) => {
    const { cell, conversation } = await called();
    for (const [type, payload] of frames) cell.send(type, 1, payload);
    expect((await conversation.ended).fault).toContain("broke the protocol");
    expect(cell.isDestroyed).toBe(true);
  },
);

test("a frame over the limit breaks the protocol", async () => {
  const { cell, conversation } = await called();
  cell.write(Buffer.from([0, 1, 0, 1, 0x42, 0, 0, 0, 1]));
  expect((await conversation.ended).fault).toContain("frame over 65536 bytes");
});

test("a line that closes while the process lives ends it, in words", async () => {
  const { cell, call, conversation } = await called();
  cell.hangUp();
  expect(await call.ended).toBe(null);
  expect(await conversation.ended).toMatchObject({ fault: "closed its line to the runner" });
  expect(cell.isDestroyed).toBe(true);
});

test("a process that closes its line by ending is told by how it ended", async () => {
  const { cell, call, conversation } = await called();
  cell.hangUp();
  cell.exit(exitedBy(3));
  expect(await call.ended).toBe(null);
  expect(await conversation.ended).toMatchObject({ code: 3, fault: null });
  expect(cell.isDestroyed).toBe(false);
});

test("however many calls there were, one waits for the end of the process", async () => {
  const cell = new ScriptedCell();
  const listening = vi.spyOn(cell.exited, "then");
  const { conversation } = await loaded(cell);
  for (let number = 1; number <= 50; number++) {
    const link = new RecordingLink(deployed.archive);
    const call = conversation.call(deployed.call(), link, never, () => undefined);
    await cell.gets("Q", number);
    cell.answer(number, "hi");
    expect(await call.ended).toEqual({ answered: true });
    await conversation.settled(call);
  }
  expect(listening).toHaveBeenCalledTimes(1);
});

test("a process that ends while it loads gives its last words", async () => {
  const cell = new ScriptedCell();
  const conversation = new Conversation(cell);
  const stray: string[] = [];
  const loading = conversation.load({}, (_stream, _level, text) => stray.push(text), never);
  for (let i = 1; i <= 7; i++) cell.take("stderr", `line ${i}`);
  cell.take("stdout", "other");
  cell.exit({ ...exitedBy(1), outOfMemory: true });
  const lastLines = ["line 3", "line 4", "line 5", "line 6", "line 7"];
  expect(await loading).toMatchObject({ ending: { outOfMemory: true, code: 1, lastLines } });
  expect(stray).toHaveLength(8);
});

test("a load that is given up says why, and a process that ends before its greeting too", async () => {
  const stop = new AbortController();
  const loading = new Conversation(new ScriptedCell()).load({}, () => undefined, stop.signal);
  stop.abort(new Error("enough"));
  await expect(loading).rejects.toThrow("enough");
  const cell = new ScriptedCell();
  const greeted = new Conversation(cell).greeted(never);
  cell.exit(exitedBy(9));
  await expect(greeted).rejects.toThrow("exit code 9");
});

test("lines belong to the call until its outcome is told, then to nobody", async () => {
  const { cell, call, conversation, link, stray } = await called();
  cell.take("stdout", "in the call");
  cell.send("H", 1, head);
  cell.send("E", 1);
  cell.send("D", 1, {});
  await call.over;
  cell.take("stdout", "still on its way");
  cell.sentinel(1);
  await conversation.settled(call);
  call.close();
  cell.take("stdout", "between calls");
  expect(link.lines.map(({ d }) => d)).toEqual(["in the call", "still on its way"]);
  expect(stray).toEqual([]);
});

test("a stream that has ended is waited for no more", async () => {
  const { cell, call, conversation } = await called();
  cell.take("stdout", null);
  cell.take("stderr", null);
  cell.send("H", 1, head);
  cell.send("E", 1);
  cell.send("D", 1, {});
  await call.ended;
  const begun = performance.now();
  await conversation.settled(call);
  expect(performance.now() - begun).toBeLessThan(400);
});

test("a request's body waits for credit, and is left when the call is over", async () => {
  const link = new RecordingLink(deployed.archive, Buffer.alloc(2 * firstCredit));
  const { cell, call } = await called(link, true);
  const sent = () =>
    cell.got.filter(({ type }) => type === "B").reduce((sum, one) => sum + one.payload.length, 0);
  while (sent() < firstCredit) await new Promise((resolve) => setImmediate(resolve));
  cell.answer(1, "early");
  await call.over;
  cell.send("W", 1, Buffer.from([0, 4, 0, 0]));
  await call.ended;
  expect([sent(), cell.got.some(({ type }) => type === "E" || type === "C")]).toEqual([firstCredit, false]);
});
