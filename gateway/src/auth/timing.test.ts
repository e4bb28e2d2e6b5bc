import { createHmac } from "node:crypto";
import { executions } from "@pulse/schema/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { checkStripeSignature } from "../billing/stripe-signature.ts";
import { compareTimes, tellsNothing } from "../http/timing.suite.ts";
import { makeParts, type Parts } from "../runners/parts.suite.ts";
import { createKeyRing } from "./keys.ts";

/** Pairs of a comparison. A longer look: `PULSE_TIMING_SAMPLES=100000`. */
const samples = Number(process.env.PULSE_TIMING_SAMPLES ?? 3000);
/** Noise that comes and goes may look like a difference once; code that differs does so each time. */
const tries = 3;

let parts: Parts;
let send: (path: string, key: string) => Promise<Response>;
beforeAll(async () => {
  parts = await makeParts();
  const { deps } = parts;
  const app = createApp({ ...deps, config: { ...deps.config, limits: { perKey: 0, perAddress: 0 } } });
  send = async (path, key) =>
    app.fetch(new Request(`http://localhost:8787${path}`, { headers: { authorization: `Bearer ${key}` } }));
});
afterAll(() => parts.close());

async function expectNothingToTell(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<void> {
  const seen: number[] = [];
  for (let i = 0; i < tries; i++) {
    const { t } = await compareTimes(samples, one, other);
    if (Math.abs(t) < tellsNothing) return;
    seen.push(t);
  }
  expect.fail(`the times tell: t = ${seen.map((t) => t.toFixed(1)).join(", ")}`);
}

test("AK-02 how much of a key is right does not show in the time of the refusal", async () => {
  const { key } = await createKeyRing(parts.ports).create("default", {
    name: "a",
    scopes: ["read"],
    expiresAt: null,
  });
  const swap = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === "x" ? "y" : "x") + text.slice(at + 1);
  const [first, last] = [swap(key, 3), swap(key, key.length - 1)];
  expect((await send("/v1/functions", first)).status).toBe(401);
  await expectNothingToTell(
    () => send("/v1/functions", first),
    () => send("/v1/functions", last),
  );
}, 120_000);

test("AZ-02 whether an execution of somebody else is there does not show in the time of the answer", async () => {
  const { key } = await createKeyRing(parts.ports).create("other", {
    name: "b",
    scopes: ["admin"],
    expiresAt: null,
  });
  const theirs = "exe_01m7zcn79a072c83fcz231hrmg";
  const nobodys = "exe_01m7zcn79a072c83fcz231hrmh";
  const now = parts.clock.now();
  const row = {
    id: theirs,
    project: "default",
    kind: "function",
    name: "a",
    pool: "default",
    status: "queued",
  };
  const job = {
    route: "[]",
    mode: "async",
    delivery: "atLeastOnce",
    triggerType: "http",
    trigger: { type: "http" },
    job: "{}",
  };
  await parts.ports.database.orm
    .insert(executions)
    .values({ ...row, ...job, createdAt: now, runAt: now } as unknown as typeof executions.$inferInsert);
  for (const id of [theirs, nobodys]) expect((await send(`/v1/executions/${id}`, key)).status).toBe(404);
  await expectNothingToTell(
    () => send(`/v1/executions/${theirs}`, key),
    () => send(`/v1/executions/${nobodys}`, key),
  );
}, 120_000);

test("how much of a signature is right does not show in the time of the refusal", async () => {
  const [secret, body, time] = ["whsec_test", new TextEncoder().encode("{}"), "1700000000"];
  const good = createHmac("sha256", secret).update(`${time}.{}`).digest("hex");
  const flip = (digit: string | undefined) => (digit === "0" ? "1" : "0");
  const [first, last] = [flip(good[0]) + good.slice(1), good.slice(0, -1) + flip(good.at(-1))];
  const check = (signature: string) =>
    checkStripeSignature(body, `t=${time},v1=${signature}`, secret, Number(time) * 1000).catch(
      () => undefined,
    );
  await expectNothingToTell(
    () => check(first),
    () => check(last),
  );
}, 120_000);

test("code that differs is told", async () => {
  const key = "x".repeat(5000);
  const compare = async (other: string) => {
    for (let i = 0; i < key.length; i++) if (key[i] !== other[i]) return false;
    return true;
  };
  const { t } = await compareTimes(
    samples,
    () => compare(`y${key.slice(1)}`),
    () => compare(key),
  );
  expect(Math.abs(t)).toBeGreaterThan(tellsNothing);
});
