import { afterEach, beforeEach, expect, test } from "vitest";
import { enrol, makeEnrolmentToken } from "./enrol.ts";
import { RunnerIdentity } from "./identity.suite.ts";
import { makeParts, type Parts, problemCodeOf } from "./parts.suite.ts";
import { createRunnerStore } from "./store.ts";

let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(() => parts.close());

async function makeToken(change: { uses?: number; ephemeral?: boolean } = {}): Promise<string> {
  const grant = { project: "default", pool: "edge", labels: { env: "prod" }, ephemeral: false, uses: 1 };
  return (await makeEnrolmentToken(parts.ports, { ...grant, ...change, expiresInMs: 3_600_000 })).token;
}

test("a token makes a runner with the pool and labels that it grants", async () => {
  const identity = await RunnerIdentity.make();
  const enrolled = await enrol(parts.ports, await identity.enrolment(await makeToken(), "one"));
  expect(enrolled).toMatchObject({ name: "one", pool: "edge", project: "default" });
  const row = await createRunnerStore(parts.ports.database).byId(enrolled.runner);
  expect(row).toMatchObject({ labels: { env: "prod" }, epoch: 0, signingKey: identity.signingKey });
});

test("the token itself is nowhere in the database", async () => {
  const token = await makeToken();
  const { rows } = await parts.ports.database.client.execute("SELECT * FROM enrolment_tokens");
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("a token is used once, also by two at the same time", async () => {
  const token = await makeToken();
  const [a, b] = [await RunnerIdentity.make(), await RunnerIdentity.make()];
  const codes = await Promise.all([
    problemCodeOf(a.enrolment(token, "a").then((body) => enrol(parts.ports, body))),
    problemCodeOf(b.enrolment(token, "b").then((body) => enrol(parts.ports, body))),
  ]);
  expect(codes.sort()).toEqual(["enrolment_token_used", "none"]);
});

test("the same token, name and key again are the same runner, for the answer may have been lost", async () => {
  const token = await makeToken();
  const identity = await RunnerIdentity.make();
  const body = await identity.enrolment(token, "one");
  const first = await enrol(parts.ports, body);
  expect(await enrol(parts.ports, body)).toEqual(first);
  const other = await RunnerIdentity.make();
  expect(await problemCodeOf(other.enrolment(token, "one").then((sent) => enrol(parts.ports, sent)))).toBe(
    "enrolment_token_used",
  );
});

test("a name that is taken costs no use of the token", async () => {
  const token = await makeToken({ uses: 2 });
  const [a, b] = [await RunnerIdentity.make(), await RunnerIdentity.make()];
  await enrol(parts.ports, await a.enrolment(token, "one"));
  expect(await problemCodeOf(enrol(parts.ports, await b.enrolment(token, "one")))).toBe("name_taken");
  expect(await problemCodeOf(enrol(parts.ports, await b.enrolment(token, "two")))).toBe("none");
});

test("a token that expired or was never made enrols nobody", async () => {
  const identity = await RunnerIdentity.make();
  const token = await makeToken();
  expect(await problemCodeOf(enrol(parts.ports, await identity.enrolment("pet_x", "one")))).toBe(
    "enrolment_token_invalid",
  );
  await parts.clock.advance(3_600_000);
  expect(await problemCodeOf(enrol(parts.ports, await identity.enrolment(token, "one")))).toBe(
    "enrolment_token_expired",
  );
});

test("the proof must be the signing key's, over this token and this sealing key", async () => {
  const [mine, other] = [await RunnerIdentity.make(), await RunnerIdentity.make()];
  const token = await makeToken();
  const body = await mine.enrolment(token, "one");
  const forged = [
    { ...body, signingKey: other.signingKey },
    { ...body, sealingKey: other.sealingKey },
    { ...body, proof: await mine.prove({ token: "pet_other", sealingKey: mine.sealingKey }) },
    { ...body, proof: "nonsense" },
  ];
  for (const one of forged) expect(await problemCodeOf(enrol(parts.ports, one))).toBe("invalid_credential");
});

test("keys of another kind and names that are none are refused", async () => {
  const identity = await RunnerIdentity.make();
  const body = await identity.enrolment(await makeToken(), "one");
  const wrong = [
    { ...body, name: "a/b" },
    { ...body, signingKey: identity.sealingKey },
    { ...body, sealingKey: { kty: "RSA" } },
  ];
  for (const one of wrong) expect(await problemCodeOf(enrol(parts.ports, one))).toBe("validation_failed");
});

test.each(["__proto__", "a.b", "-x", "", "x".repeat(64)])("no runner is called %j", async (name) => {
  const identity = await RunnerIdentity.make();
  const body = await identity.enrolment(await makeToken(), name);
  expect(await problemCodeOf(enrol(parts.ports, body))).toBe("validation_failed");
});
