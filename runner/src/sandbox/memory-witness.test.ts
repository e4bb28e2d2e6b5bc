import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import Docker from "dockerode";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitOf } from "./container-exit.ts";
import { countsKill, MemoryWitness } from "./memory-witness.ts";

const id = "5f2c".repeat(16);
let folder: string;
let server: Server;
let docker: Docker;
/** What the engine tells of kills; the asker waits for it. */
let tell: (response: ServerResponse) => void;
let asked: URL[];
/** It takes connections, but does not answer. */
let isBusy: boolean;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-engine-"));
  asked = [];
  isBusy = false;
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  docker = new Docker({ socketPath: join(folder, "s") });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** An engine whose container was killed, and that had not heard why when it ended. */
function answer({ url = "" }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, "http://engine");
  response.setHeader("content-type", "application/json");
  if (pathname.endsWith("/wait")) response.end(JSON.stringify({ StatusCode: 137 }));
  else if (pathname.endsWith("/json"))
    response.end(JSON.stringify({ State: { Running: false, ExitCode: 137, OOMKilled: false, Pid: 0 } }));
  else if (pathname === "/events") {
    asked.push(new URL(url, "http://engine"));
    expect(JSON.parse(searchParams.get("filters") ?? "")).toEqual({ container: [id], event: ["oom"] });
    tell(response);
  } else if (!isBusy) response.end("OK");
}

function endOf(isOurs = false, removal: Promise<boolean> | null = null) {
  const container = docker.getContainer(id);
  const witness = new MemoryWitness(docker, id);
  const line = { attached: new PassThrough(), isLineOpen: () => false, hasOwnLine: true };
  return exitOf({
    ...{ docker, container, witness, ...line },
    ...{ isOurs: () => isOurs, removal: () => removal },
    onOver: () => undefined,
    onCut: () => undefined,
  });
}

test("a kill that the engine hears of after the end is one for want of memory", async () => {
  tell = (response) => void setImmediate(() => response.end(`${JSON.stringify({ Action: "oom" })}\n`));
  expect(await endOf()).toEqual({ code: null, signal: "signal 9", outOfMemory: true, engineLost: false });
});

test("a kill of which the engine tells nothing for a moment is none, and it is asked for no longer than that", async () => {
  tell = (response) => response.end();
  const from = Date.now() / 1000;
  expect(await endOf()).toMatchObject({ signal: "signal 9", outOfMemory: false, engineLost: false });
  const [question] = asked;
  const until = Number(question?.searchParams.get("until"));
  expect([until > from, until < Date.now() / 1000 + 2]).toEqual([true, true]);
});

test("a kill of ours is asked nobody about", async () => {
  expect(await endOf(true)).toMatchObject({ signal: "signal 9", outOfMemory: false });
  expect(asked).toEqual([]);
});

test.each([
  ["that removed it for us, which is how it ended, stays", true, false],
  ["that did not goes", false, true],
])("an engine that answers late and %s", async (_words, removed, engineLost) => {
  tell = (response) => response.end();
  isBusy = true;
  expect(await endOf(false, Promise.resolve(removed))).toMatchObject({ signal: "signal 9", engineLost });
});

test.each([
  ["the first version's file", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", true],
  ["the second version's file", "low 0\nhigh 0\nmax 41\noom 3\noom_kill 1\noom_group_kill 0\n", true],
  ["no kill", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", false],
  ["a limit that was met without one", "max 41\noom 3\noom_kill 0\n", false],
])("the kernel's count: %s", (_words, text, counts) => {
  expect(countsKill(text)).toBe(counts);
});
