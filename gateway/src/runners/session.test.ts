import { afterEach, beforeEach, expect, test } from "vitest";
import { changeRunner, deleteRunner, listRunners, presenceOf } from "./control.ts";
import { JoinedRunner } from "./joined.suite.ts";
import { makeParts, type Parts, problemCodeOf } from "./parts.suite.ts";
import { createDirectory } from "./presence.ts";

let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(() => {
  parts.close();
  expect(parts.problems).toEqual([]);
});

test("every session has a higher epoch, and the older process is superseded", async () => {
  const runner = await JoinedRunner.join(parts);
  expect(runner.holder.epoch).toBe(1);
  const { epoch, name } = await JoinedRunner.session(parts, runner.id);
  expect({ epoch, name }).toEqual({ epoch: 2, name: "one" });
  expect(await problemCodeOf(runner.sync())).toBe("session_superseded");
});

test("a process that asks for its session again keeps it", async () => {
  const runner = await JoinedRunner.join(parts);
  const asked = () => JoinedRunner.session(parts, runner.id, [], "one process");
  expect([(await asked()).epoch, (await asked()).epoch]).toEqual([2, 2]);
  expect(await problemCodeOf(runner.sync())).toBe("session_superseded");
});

test("what a session told is what the hub reads later", async () => {
  const runner = await JoinedRunner.join(parts);
  const record = await createDirectory(parts.ports).loadRunner(runner.id);
  expect(record).toMatchObject({
    epoch: 1,
    arch: "x64",
    slots: 4,
    runtimes: ["typescript", "python"],
    state: "active",
  });
  expect(await createDirectory(parts.ports).loadRunner("rnr_none")).toBeNull();
});

test("presence is written for many runners at once and keeps what it does not know", async () => {
  const [a, b] = [await JoinedRunner.join(parts, "a"), await JoinedRunner.join(parts, "b")];
  const directory = createDirectory(parts.ports);
  const metrics = { cpu: 0.5, memFree: 1, memTotal: 2, load1: 0, diskFree: 3 };
  const seen = parts.clock.now() + 5;
  const bare = { lastSeenAt: seen, metrics: null, preparing: null, capabilities: ["process"] };
  const capabilities = ["process", "commands"];
  await directory.savePresence([
    { ...bare, id: a.id, metrics, preparing: "preparing image", runtimes: ["python"], capabilities },
    { ...bare, id: b.id, runtimes: ["typescript"] },
  ]);
  expect(await directory.loadRunner(a.id)).toMatchObject({
    preparing: "preparing image",
    runtimes: ["python"],
    capabilities,
    arch: "x64",
  });
  const { items } = await listRunners(parts.deps, "default", { limit: 10 });
  expect(items.map((one) => one.metrics)).toEqual([metrics, null]);
  await directory.savePresence([{ ...bare, id: a.id, runtimes: [] }]);
  const { rows } = await parts.ports.database.client.execute({
    sql: "SELECT metrics FROM runners ORDER BY name",
    args: [],
  });
  expect(rows.map((row) => row.metrics)).toEqual([JSON.stringify(metrics), null]);
});

test("a list goes on after its cursor and shows only the project's runners", async () => {
  for (const name of ["a", "b", "c"]) await JoinedRunner.join(parts, name);
  await JoinedRunner.join(parts, "x", "other");
  const first = await listRunners(parts.deps, "default", { limit: 2 });
  expect(first.items.map((one) => one.name)).toEqual(["a", "b"]);
  const rest = await listRunners(parts.deps, "default", { limit: 2, cursor: first.nextCursor ?? "" });
  expect(rest.items.map((one) => one.name)).toEqual(["c"]);
  expect(rest.nextCursor).toBeNull();
});

test("draining reaches the runner with its next sync, and resuming too", async () => {
  const runner = await JoinedRunner.join(parts);
  const sync = runner.sync();
  const { view } = await changeRunner(parts.deps, "default", "one", { state: "draining" });
  expect(view).toMatchObject({
    state: "draining",
  });
  expect((await sync).commands).toMatchObject([{ type: "drain" }]);
  const next = runner.sync();
  await changeRunner(parts.deps, "default", "one", { state: "active" });
  expect((await next).commands).toMatchObject([{ type: "resume" }]);
});

test("a runner is renamed and relabelled, but not to a name that is taken", async () => {
  await JoinedRunner.join(parts, "one");
  await JoinedRunner.join(parts, "two");
  const { view: changed } = await changeRunner(parts.deps, "default", "one", {
    name: "three",
    labels: { gpu: "a100" },
  });
  expect(changed).toMatchObject({ name: "three", labels: { gpu: "a100" }, status: "online" });
  expect(await problemCodeOf(changeRunner(parts.deps, "default", "three", { name: "two" }))).toBe(
    "name_taken",
  );
  expect(await problemCodeOf(changeRunner(parts.deps, "default", "one", {}))).toBe("not_found");
  expect(await problemCodeOf(changeRunner(parts.deps, "other", "two", {}))).toBe("not_found");
});

test("a deleted runner is refused at once, and its name is free", async () => {
  const runner = await JoinedRunner.join(parts, "one");
  const sync = problemCodeOf(runner.sync());
  await deleteRunner(parts.deps, "default", "one");
  expect(await sync).toBe("session_superseded");
  expect(await problemCodeOf(runner.sync())).toBe("invalid_credential");
  expect(await problemCodeOf(JoinedRunner.session(parts, runner.id))).toBe("invalid_credential");
  await JoinedRunner.join(parts, "one");
  expect((await listRunners(parts.deps, "default", { limit: 10 })).items).toHaveLength(1);
});

test.each([
  [null, "offline"],
  [44_999, "online"],
  [45_000, "unreachable"],
  [299_999, "unreachable"],
  [300_000, "offline"],
])("last seen %s ms ago is %s", (ago, status) => {
  expect(presenceOf(ago)).toBe(status);
});

test("an ephemeral runner that went away without leaving is removed an hour later, and its name is free", async () => {
  const names = async () =>
    (await listRunners(parts.deps, "default", { limit: 10 })).items.map(({ name }) => name);
  const gone = await JoinedRunner.join(parts, "gone", "default", true);
  await JoinedRunner.join(parts, "kept", "default", false);
  await parts.clock.advance(3_600_000);
  expect(await names()).toEqual(["gone", "kept"]);
  const here = await JoinedRunner.join(parts, "here", "default", true);
  await parts.clock.advance(1);
  expect(await names()).toEqual(["here", "kept"]);
  expect(await problemCodeOf(gone.sync())).not.toBe("none");
  await JoinedRunner.join(parts, "gone", "default", true);
  expect(await names()).toEqual(["gone", "here", "kept"]);
  expect(here.id).not.toBe(gone.id);
});
