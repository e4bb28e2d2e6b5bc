import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../auth/browser.suite.ts";
import { isAmong } from "./permissions.ts";

const gateway = gatewayOfEachTest();

const steps = [{ name: "Ask", type: "prompt", message: "Go on?" }];
const limited = {
  permissions: {
    run: ["role:developer", "group:ops", "key:ci"],
    edit: ["user:dev"],
    approve: ["group:dba", "user:ana"],
  },
  steps,
};

async function save(definition: object): Promise<void> {
  expect(await seen(await send("PUT", "/v1/workflows/patch", definition))).toBe("ok");
}

const send = (method: string, path: string, body: unknown) =>
  gateway().call(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** Somebody with a role, whom the identity provider says to be in a group. */
async function member(name: string, role: string, groups: string[] = []) {
  const person = await signedIn(gateway(), name, { default: role } as Parameters<typeof signedIn>[2]);
  await gateway().parts.ports.database.client.execute({
    sql: "UPDATE users SET groups = ? WHERE username = ?",
    args: [JSON.stringify(groups), name],
  });
  return person;
}

const runs = "/v1/workflows/patch/executions";

test("of those whose role allows it, the ones a workflow names run it; the admin always may", async () => {
  await save(limited);
  const [dev, ops, ben] = [
    await member("dev", "developer"),
    await member("ops", "operator", ["ops"]),
    await member("ben", "operator", ["others"]),
  ];
  expect(await seen(await dev.send("POST", runs, {}))).toBe("ok");
  expect(await seen(await ben.send("POST", runs, {}))).toBe("forbidden");
  const started = await ops.send("POST", runs, {});
  const { id } = await started.json();
  expect([started.status, await seen(await send("POST", runs, {}))]).toEqual([202, "ok"]);
  expect(await seen(await ben.send("POST", `/v1/executions/${id}/cancel`))).toBe("forbidden");
  expect(await seen(await ops.send("POST", `/v1/executions/${id}/cancel`))).toBe("ok");
});

test("those it names change it and nobody else does, nor widens who they are", async () => {
  await save(limited);
  const [dev, eve] = [await member("dev", "developer"), await member("eve", "developer")];
  const changes = [
    ["PUT", { steps }],
    ["PATCH", { enabled: false }],
    ["DELETE", undefined],
  ] as const;
  for (const [method, body] of changes) {
    expect([method, await seen(await eve.send(method, "/v1/workflows/patch", body))]).toEqual([
      method,
      "forbidden",
    ]);
  }
  expect(await seen(await dev.send("PUT", "/v1/workflows/patch", { steps }))).toBe("ok");
  expect(await seen(await eve.send("PUT", "/v1/workflows/patch", { steps }))).toBe("ok");
});

test("prompts are answered by whom the workflow names, by group as the identity provider has it", async () => {
  await save(limited);
  const { id } = await (await send("POST", runs, {})).json();
  await gateway().parts.clock.advance(10);
  const path = `/v1/executions/${id}/respond`;
  const [ben, dba] = [await member("ben", "operator"), await member("dora", "operator", ["dba"])];
  expect(await seen(await ben.send("POST", path, { response: "Continue" }))).toBe("forbidden");
  expect(await seen(await dba.send("POST", path, { response: "Continue" }))).toBe("ok");
});

test("where nobody is named, those who may run it answer", async () => {
  await save({ permissions: { run: ["user:ana"] }, steps });
  const { id } = await (await send("POST", runs, {})).json();
  await gateway().parts.clock.advance(10);
  const path = `/v1/executions/${id}/respond`;
  const [ben, ana] = [await member("ben", "developer"), await member("ana", "operator")];
  expect(await seen(await ben.send("POST", path, { response: "Continue" }))).toBe("forbidden");
  expect(await seen(await ana.send("POST", path, { response: "Continue" }))).toBe("ok");
});

test("two of three of a group approve, none of them the one who started it", async () => {
  const approvers = { groups: ["dba"], count: 2, allowStarter: false };
  await save({ steps: [{ ...steps[0], approvers }] });
  const [ana, ben, eva] = [
    await member("ana", "operator", ["dba"]),
    await member("ben", "operator", ["dba"]),
    await member("eva", "operator", ["dba"]),
  ];
  const { id } = await (await ana.send("POST", runs, {})).json();
  await gateway().parts.clock.advance(10);
  const answer = (who: typeof ana) =>
    who.send("POST", `/v1/executions/${id}/respond`, { response: "Continue" }).then(seen);
  expect(await answer(ana)).toBe("forbidden");
  expect(await answer(ben)).toBe("ok");
  expect(await answer(ben)).toBe("prompt_answered");
  expect(await seen(await send("POST", `/v1/executions/${id}/respond`, { response: "Continue" }))).toBe(
    "forbidden",
  );
  expect(await answer(eva)).toBe("ok");
  await gateway().parts.clock.advance(10);
  expect(await (await gateway().call(`/v1/executions/${id}`)).json()).toMatchObject({ status: "succeeded" });
});

test("a workflow that somebody may not view is not there for them", async () => {
  await save({ permissions: { view: ["user:ana"] }, steps });
  const [ana, ben] = [await member("ana", "viewer"), await member("ben", "developer")];
  for (const path of [
    "/v1/workflows/patch",
    "/v1/workflows/patch/revisions",
    "/v1/workflows/patch/revisions/1",
    "/v1/workflows/patch/aliases",
  ]) {
    expect([path, await seen(await ben.send("GET", path))]).toEqual([path, "not_found"]);
    expect([path, await seen(await ana.send("GET", path))]).toEqual([path, "ok"]);
  }
  expect(await seen(await ben.send("POST", runs, {}))).toBe("not_found");
  expect((await (await ben.send("GET", "/v1/workflows")).json()).items).toEqual([]);
  expect((await (await ana.send("GET", "/v1/workflows")).json()).items).toHaveLength(1);
});

test("an execution of a workflow that somebody may not view is compared with nothing", async () => {
  await save({ permissions: { view: ["user:ana"] }, steps });
  await send("PUT", "/v1/workflows/open", { steps: [{ name: "Nap", type: "wait", duration: "1h" }] });
  const [ana, ben] = [await member("ana", "viewer"), await member("ben", "viewer")];
  const started = async (path: string) => (await (await send("POST", path, {})).json()).id;
  const path = `/v1/executions/${await started(runs)}/diff/${await started("/v1/workflows/open/executions")}`;
  expect((await (await ana.send("GET", path)).json()).definition.length).toBeGreaterThan(0);
  expect(await seen(await ben.send("GET", path))).toBe("not_found");
});

test("what a run has started is not ended by who may not run the workflow", async () => {
  const child = { name: "Child", type: "workflow", workflow: "open" };
  await send("PUT", "/v1/workflows/open", { steps: [{ name: "Nap", type: "wait", duration: "1h" }] });
  await save({ permissions: { run: ["user:ana"] }, steps: [child] });
  const [ana, ben] = [await member("ana", "operator"), await member("ben", "operator")];
  const { id } = await (await ana.send("POST", runs, {})).json();
  await gateway().parts.clock.advance(10);
  const { items } = await (await gateway().call(`/v1/executions?parent=${id}`)).json();
  const path = `/v1/executions/${items[0].id}/cancel`;
  expect(await seen(await ben.send("POST", path))).toBe("forbidden");
  expect(await seen(await ana.send("POST", path))).toBe("ok");
});

test("a run that calls itself through the gateway comes to an end", async () => {
  await save({ steps });
  const run = (depth: string) =>
    gateway().call(runs, {
      method: "POST",
      headers: { "content-type": "application/json", "pulse-depth": depth },
      body: "{}",
    });
  expect(await seen(await run("8"))).toBe("ok");
  expect(await seen(await run("9"))).toBe("loop_detected");
});

test("a disabled workflow says why, is not started by anybody, and goes on after", async () => {
  await save({ steps });
  const disabled = await send("PATCH", "/v1/workflows/patch", { enabled: false, reason: "db is moving" });
  const view = { enabled: false, disabled: { reason: "db is moving", by: expect.any(String) } };
  expect(await disabled.json()).toMatchObject(view);
  expect((await (await gateway().call("/v1/workflows")).json()).items).toMatchObject([view]);
  const refused = await send("POST", runs, {});
  expect([refused.status, (await refused.json()).detail]).toEqual([
    409,
    expect.stringContaining("db is moving"),
  ]);
  // Another definition of it is not started either.
  await save({ steps: [...steps, { name: "Then", type: "set", set: {} }] });
  expect((await send("POST", runs, {})).status).toBe(409);
  const enabled = await (await send("PATCH", "/v1/workflows/patch", { enabled: true })).json();
  expect(enabled).toMatchObject({ enabled: true, disabled: null });
  expect((await send("POST", runs, {})).status).toBe(202);
});

test("permissions that name nobody are refused", async () => {
  for (const entry of ["ana", "role:boss", "group:", "team:x", ""]) {
    const put = await send("PUT", "/v1/workflows/patch", {
      permissions: { run: ["user:ana", entry] },
      steps,
    });
    const { code, errors } = await put.json();
    expect([entry, code, errors?.[0]?.pointer]).toEqual([entry, "validation_failed", "/permissions/run/1"]);
  }
});

test("saving, running, answering and disabling stand in the audit with who did them", async () => {
  await save({ steps });
  const ana = await member("ana", "operator");
  const { id } = await (await ana.send("POST", runs, {})).json();
  await gateway().parts.clock.advance(10);
  await ana.send("POST", `/v1/executions/${id}/respond`, { response: "Continue" });
  await send("PATCH", "/v1/workflows/patch", { enabled: false, reason: "why" });
  const { items } = await (await gateway().call("/v1/audit?limit=50")).json();
  const actions = items.map((one: { action: string }) => one.action);
  expect(actions).toEqual(
    expect.arrayContaining(["workflow.save", "workflow.run", "prompt.answer", "workflow.change"]),
  );
  const answered = items.find((one: { action: string }) => one.action === "prompt.answer");
  expect(JSON.stringify(answered)).toContain("ana");
});

test.each([
  [["group:operator"], { roles: ["admin"] }, true],
  [["group:employee"], { roles: ["operator"] }, true],
  [["role:admin"], { roles: ["developer"] }, false],
  [["role:dba"], { groups: ["dba"] }, false],
  [["dba"], { groups: ["dba"] }, true],
  [["group:admin"], { kind: "key" }, false],
  [["user:x"], { kind: "key" }, false],
  [["key:x"], {}, false],
  [["key:x"], { kind: "key" }, true],
  [[], { roles: ["admin"] }, false],
] as const)("%j and %j", (entries, who, wanted) => {
  expect(isAmong({ kind: "user", name: "x", roles: [], ...who }, entries)).toBe(wanted);
});

test("nobody saves a workflow that calls one which they may not run or view, however deep the step lies", async () => {
  await save({ permissions: { run: ["user:dev"] }, steps });
  await send("PUT", "/v1/workflows/hidden", { permissions: { view: ["user:dev"] }, steps });
  const [dev, eve] = [await member("dev", "developer"), await member("eve", "developer")];
  const calls = (workflow: string) => ({
    steps: [
      {
        ...{ name: "Both", type: "parallel" },
        branches: [{ name: "One", steps: [{ name: "Sub", type: "workflow", workflow }] }],
      },
    ],
  });
  for (const name of ["patch", "hidden", "patch@1"]) {
    const [by, other] = [`/v1/workflows/eve-${name.length}`, `/v1/workflows/dev-${name.length}`];
    expect([name, await seen(await eve.send("PUT", by, calls(name)))]).toEqual([name, "forbidden"]);
    expect([
      name,
      await seen(await eve.send("PUT", by, { steps: [], finally: calls(name).steps })),
    ]).not.toContain("ok");
    expect([name, await seen(await dev.send("PUT", other, calls(name)))]).toEqual([name, "ok"]);
  }
  expect(await seen(await eve.send("PUT", "/v1/workflows/own", calls("own")))).toBe("ok");
});

const put = async (who: Awaited<ReturnType<typeof member>>, name: string, body: object) => {
  const answer = await who.send("PUT", `/v1/workflows/${name}`, body);
  const { code, detail, hint } = (await answer.json()) as Record<string, string>;
  return { status: answer.status, code, detail: detail?.replaceAll(name, "it"), hint };
};

test("a name that is taken is refused in the same words, whether what has it may be viewed or not", async () => {
  await send("PUT", "/v1/workflows/hidden", { permissions: { view: ["user:ana"] }, steps });
  await send("PUT", "/v1/workflows/kept", { permissions: { edit: ["user:ana"] }, steps });
  const eve = await member("eve", "developer");
  const hidden = await put(eve, "hidden", { steps });
  expect(hidden).toMatchObject({ status: 403, code: "forbidden" });
  expect(hidden.detail).toBe('the name "it" is not yours to save a workflow under');
  expect(await put(eve, "kept", { steps })).toEqual(hidden);
  expect(await seen(await eve.send("GET", "/v1/workflows/hidden"))).toBe("not_found");
});

const sub = { steps: [{ id: "s", name: "Sub", type: "workflow", workflow: "late" }] };
const nothing = [{ name: "Then", type: "set", set: {} }];

/** How a run of a workflow ends, as the admin sees it: its status, and why its step failed. */
async function ended(name: string) {
  const { id } = await (await send("POST", `/v1/workflows/${name}/executions`, {})).json();
  await gateway().parts.clock.advance(100);
  const { status } = await (await gateway().call(`/v1/executions/${id}`)).json();
  const { rows } = await gateway().parts.ports.database.client.execute({
    sql: "SELECT group_concat(entry) AS log FROM workflow_events WHERE execution_id = ?",
    args: [id],
  });
  return [status, /"code":"(not_found|forbidden)"/.exec(String(rows[0]?.log))?.[1] ?? null];
}

test.each([
  ["run", "forbidden"],
  ["view", "not_found"],
] as const)(
  "a call of a name that nothing had is no right to what takes it later with `%s`",
  async (what, code) => {
    const [dev, eve] = [await member("dev", "developer"), await member("eve", "developer")];
    expect((await put(eve, "eves", sub)).status).toBe(201);
    expect((await put(dev, "devs", sub)).status).toBe(201);
    expect((await send("PUT", "/v1/workflows/admins", sub)).status).toBe(201);
    expect(await ended("eves")).toEqual(["failed", "not_found"]);
    await gateway().parts.clock.advance(1000);
    await send("PUT", "/v1/workflows/late", { permissions: { [what]: ["user:dev"] }, steps: nothing });
    expect(await ended("eves")).toEqual(["failed", code]);
    expect(await ended("devs")).toEqual(["succeeded", null]);
    expect(await ended("admins")).toEqual(["succeeded", null]);
    // Who saves it as it is answers for its call.
    expect((await put(eve, "eves", sub)).code).toBe("forbidden");
    expect((await put(dev, "eves", sub)).status).toBe(200);
    expect(await ended("eves")).toEqual(["succeeded", null]);
    expect((await (await gateway().call("/v1/workflows/eves")).json()).revision).toBe(2);
    expect((await put(dev, "eves", sub)).status).toBe(200);
    expect((await (await gateway().call("/v1/workflows/eves")).json()).revision).toBe(2);
  },
);

test("a workflow that takes the name of a deleted one is not run by what called that", async () => {
  const eve = await member("eve", "developer");
  await put(eve, "late", { steps: nothing });
  await put(eve, "eves", sub);
  expect(await ended("eves")).toEqual(["succeeded", null]);
  await gateway().parts.clock.advance(1000);
  expect(await seen(await eve.send("DELETE", "/v1/workflows/late"))).toBe("ok");
  await send("PUT", "/v1/workflows/late", { permissions: { run: ["user:dev"] }, steps: nothing });
  expect(await ended("eves")).toEqual(["failed", "forbidden"]);
  // Where nobody is named, whoever may run workflows may.
  await send("PUT", "/v1/workflows/late", { steps: nothing });
  expect(await ended("eves")).toEqual(["succeeded", null]);
});
