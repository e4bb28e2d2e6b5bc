import { decodeJwt } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tokenAudiences, useAssertion } from "./assertion.ts";
import { enrol, makeEnrolmentToken } from "./enrol.ts";
import { RunnerIdentity } from "./identity.suite.ts";
import { makeParts, type Parts, problemCodeOf } from "./parts.suite.ts";
import { rotateKeys } from "./rotate.ts";
import { createRunnerStore } from "./store.ts";
import { createRunnerTokens, verifyRunnerToken } from "./token.ts";

const audiences = ["http://localhost:8787/runner/v1/token"];
let parts: Parts;
let identity: RunnerIdentity;
let runner: string;

beforeEach(async () => {
  parts = await makeParts();
  identity = await RunnerIdentity.make();
  const grant = { project: "default", pool: "default", labels: {}, ephemeral: false, uses: 1 };
  const { token } = await makeEnrolmentToken(parts.ports, { ...grant, expiresInMs: 60_000 });
  runner = (await enrol(parts.ports, await identity.enrolment(token, "one"))).runner;
});
afterEach(() => parts.close());

const use = (assertion: string) => useAssertion(parts.ports, assertion, audiences);

test("an assertion by the runner's key names the runner, once", async () => {
  const assertion = await identity.assertion(runner, parts.clock.now());
  expect(await use(assertion)).toMatchObject({ id: runner, name: "one" });
  expect(await problemCodeOf(use(assertion))).toBe("invalid_credential");
});

test.each([
  ["another audience", { aud: "http://evil.test/runner/v1/token" }],
  ["another subject", { sub: "rnr_00000000000000000000000000" }],
  ["a life over 60 s", { lifeS: 61 }],
  ["a jti too short to be unique", { jti: "x" }],
])("an assertion with %s is refused", async (_what, change) => {
  const assertion = await identity.assertion(runner, parts.clock.now(), change);
  expect(await problemCodeOf(use(assertion))).toBe("invalid_credential");
});

test("an assertion by another key is refused", async () => {
  const other = await RunnerIdentity.make();
  expect(await problemCodeOf(other.assertion(runner, parts.clock.now()).then(use))).toBe(
    "invalid_credential",
  );
  expect(await problemCodeOf(use("not a jwt"))).toBe("invalid_credential");
});

test("a clock that is off is told the time, but only to who holds the key", async () => {
  for (const off of [-200_000, 200_000]) {
    const assertion = await identity.assertion(runner, parts.clock.now() + off);
    await expect(use(assertion)).rejects.toMatchObject({
      code: "clock_skew",
      extras: { members: { serverTimeMs: parts.clock.now() } },
    });
  }
  const other = await RunnerIdentity.make();
  expect(await problemCodeOf(other.assertion(runner, parts.clock.now() + 200_000).then(use))).toBe(
    "invalid_credential",
  );
});

test("after a rotation both keys sign for 24 h, then only the new one", async () => {
  const next = await RunnerIdentity.make();
  const { signingKey, sealingKey } = next;
  const proof = await identity.prove({ signingKey, sealingKey });
  const wrong = await next.prove({ signingKey, sealingKey });
  expect(await problemCodeOf(rotateKeys(parts.ports, runner, { signingKey, sealingKey, proof: wrong }))).toBe(
    "invalid_credential",
  );
  await rotateKeys(parts.ports, runner, { signingKey, sealingKey, proof });
  expect(await problemCodeOf(identity.assertion(runner, parts.clock.now()).then(use))).toBe("none");
  expect(await problemCodeOf(next.assertion(runner, parts.clock.now()).then(use))).toBe("none");
  await parts.clock.advance(24 * 3_600_000);
  expect(await problemCodeOf(identity.assertion(runner, parts.clock.now()).then(use))).toBe(
    "invalid_credential",
  );
  expect(await problemCodeOf(next.assertion(runner, parts.clock.now()).then(use))).toBe("none");
});

test("an access token is the runner's for 15 minutes", async () => {
  const tokens = createRunnerTokens(parts.ports);
  const { accessToken, expiresInMs } = await tokens.issue({ id: runner, project: "default", name: "one" });
  expect(expiresInMs).toBe(900_000);
  expect(decodeJwt(accessToken).sub).toBe(runner);
  expect(await verifyRunnerToken(parts.deps, accessToken)).toMatchObject({
    kind: "runner",
    id: runner,
    project: "default",
    name: "one",
  });
  await parts.clock.advance(900_000);
  expect(await problemCodeOf(tokens.verify(accessToken))).toBe("expired_credential");
});

test("a token of another gateway, or one that was changed, is refused", async () => {
  const elsewhere = await makeParts();
  const foreign = await createRunnerTokens(elsewhere.ports).issue({
    id: runner,
    project: "default",
    name: "one",
  });
  elsewhere.close();
  expect(await problemCodeOf(verifyRunnerToken(parts.deps, foreign.accessToken))).toBe("invalid_credential");
  expect(await problemCodeOf(verifyRunnerToken(parts.deps, "pk_x"))).toBe("invalid_credential");
});

test("a token signed before a rotation of the gateway's key stays good until the next", async () => {
  const tokens = createRunnerTokens(parts.ports);
  const issue = () => tokens.issue({ id: runner, project: "default", name: "one" });
  const first = await issue();
  await tokens.rotate();
  const second = await issue();
  expect(await problemCodeOf(tokens.verify(first.accessToken))).toBe("none");
  expect(await problemCodeOf(tokens.verify(second.accessToken))).toBe("none");
});

test("a token of a revoked runner is refused at once, also where it was checked before", async () => {
  const tokens = createRunnerTokens(parts.ports);
  const { accessToken } = await tokens.issue({ id: runner, project: "default", name: "one" });
  await tokens.verify(accessToken);
  createRunnerTokens(parts.ports).revoke(runner);
  expect(await problemCodeOf(verifyRunnerToken(parts.deps, accessToken))).toBe("invalid_credential");
});

test("a token of a runner that was deleted elsewhere, or before a restart, is refused", async () => {
  const { accessToken } = await createRunnerTokens(parts.ports).issue({
    id: runner,
    project: "default",
    name: "one",
  });
  await createRunnerStore(parts.ports.database).revoke(runner, parts.clock.now());
  const restarted = createRunnerTokens({ ...parts.ports });
  expect(await problemCodeOf(restarted.verify(accessToken))).toBe("invalid_credential");
});

test("loopback names of this machine are audiences only for calls that came over loopback", () => {
  const own = "https://pulse.example.test/runner/v1/token";
  expect(tokenAudiences("https://pulse.example.test", "https://pulse.example.test/runner/v1/token")).toEqual([
    own,
  ]);
  expect(tokenAudiences("https://pulse.example.test", "http://127.0.0.1:9000/runner/v1/token")).toContain(
    "http://localhost:9000/runner/v1/token",
  );
});
