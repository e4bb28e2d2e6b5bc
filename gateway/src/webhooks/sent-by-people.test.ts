import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../auth/browser.suite.ts";

const gateway = gatewayOfEachTest();

const send = async (method: string, path: string, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway().call(path, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const asks = {
  steps: [
    ...[
      { name: "Ask", type: "prompt", message: "Go on?", approvers: { groups: ["dba"], allowStarter: false } },
    ],
  ],
};

/** An operator who is in the group of those who approve. */
async function approver(name: string) {
  const person = await signedIn(gateway(), name, { default: "operator" });
  await gateway().parts.ports.database.client.execute({
    sql: "UPDATE users SET groups = ? WHERE username = ?",
    args: [JSON.stringify(["dba"]), name],
  });
  return person;
}

test("whoever tests a webhook or sends a delivery again has started what it starts, and does not approve it", async () => {
  await send("PUT", "/v1/workflows/patch", asks);
  const hook = { name: "hk", provider: "github", target: { workflow: "patch" } };
  expect((await send("POST", "/v1/webhooks", hook)).status).toBe(201);
  const [ana, ben] = [await approver("ana"), await approver("ben")];
  const tested = await (await ana.send("POST", "/v1/webhooks/hk/test", {})).json();
  const again = `/v1/webhooks/hk/deliveries/${tested.delivery}/resend`;
  const resent = await (await ana.send("POST", again)).json();
  const since = new Date(gateway().parts.clock.now() - 1000).toISOString();
  const all = await (await ana.send("POST", "/v1/webhooks/hk/resend", { since })).json();
  await gateway().parts.clock.advance(10);
  for (const id of [tested.executionId, resent.executionId, all.items[0].executionId]) {
    expect(id).toMatch(/^exe_/);
    const answer = (who: typeof ana) =>
      who.send("POST", `/v1/executions/${id}/respond`, { response: "Continue" }).then(seen);
    expect(await answer(ana)).toBe("forbidden");
    expect(await answer(ben)).toBe("ok");
  }
});
