import type { HeaderList } from "@pulse/schema/wire/job";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Deps } from "../http/context.ts";
import { makeParts, type Parts, problemCodeOf } from "../runners/parts.suite.ts";
import { type Asked, callLimitsOf, defaultPerMinute } from "./call-limits.ts";

let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(() => {
  parts.close();
  expect(parts.problems).toEqual([]);
});

const withLimits = (limits: NonNullable<Deps["config"]["limits"]>): Deps => ({
  ...parts.deps,
  // Another half over the same hub: what it remembers of its own begins anew.
  ports: { ...parts.ports },
  config: { ...parts.deps.config, limits },
});
const key = (id: string, rateLimit: number | null = null): Asked["principal"] => ({
  kind: "key",
  id,
  rateLimit,
});
const nobody = { kind: "anonymous", id: "anonymous" } as const;
const admitted = (deps: Deps, asked: Partial<Asked>, headers: HeaderList = []) =>
  problemCodeOf(
    callLimitsOf(deps).admit({ project: "default", principal: nobody, address: null, ...asked }, headers),
  );

test("a limit of keys counts for each key alone, in all halves of the gateway together", async () => {
  const limits = { perKey: 2, perAddress: null };
  const [one, other] = [withLimits(limits), withLimits(limits)];
  expect(await admitted(one, { principal: key("key_a") })).toBe("none");
  expect(await admitted(other, { principal: key("key_a") })).toBe("none");
  expect(await admitted(one, { principal: key("key_a") })).toBe("rate_limited");
  expect(await admitted(other, { principal: key("key_a") })).toBe("rate_limited");
  expect(await admitted(other, { principal: key("key_b") })).toBe("none");
});

test("a key's own limit stands before the one of all keys", async () => {
  const deps = withLimits({ perKey: 1, perAddress: null });
  const take = () => admitted(deps, { principal: key("key_a", 3) });
  expect([await take(), await take(), await take(), await take()]).toEqual([
    "none",
    "none",
    "none",
    "rate_limited",
  ]);
});

test("callers without a credential are told apart by their address, in IPv6 by its /64", async () => {
  const deps = withLimits({ perKey: null, perAddress: 1 });
  const from = (address: string | null) => admitted(deps, { address });
  expect(await from("198.51.100.7")).toBe("none");
  expect(await from("198.51.100.7")).toBe("rate_limited");
  expect(await from("198.51.100.8")).toBe("none");
  expect(await from("2001:db8:0:1:0:0:0:1")).toBe("none");
  expect(await from("2001:db8:0:1:0:0:0:2")).toBe("rate_limited");
  expect(await from(null)).toBe("none");
  expect(await from(null)).toBe("rate_limited");
});

test("a refusal names every limit and says when to come back; a call within its limits says what is left", async () => {
  const deps = withLimits({ perKey: 10, perAddress: null });
  const endpoint = { functionId: "fn_a", perMinute: 1 };
  const headers: HeaderList = [];
  expect(await admitted(deps, { principal: key("key_a"), endpoint }, headers)).toBe("none");
  expect(headers).toEqual([
    ["ratelimit-policy", '"key";q=10;w=60, "calls";q=1;w=60'],
    ["ratelimit", '"key";r=9;t=6, "calls";r=0;t=60'],
  ]);
  const asked = { project: "default", principal: key("key_a"), address: null, endpoint };
  await expect(callLimitsOf(deps).admit(asked, [])).rejects.toMatchObject({
    code: "rate_limited",
    extras: {
      retryAfter: 60,
      headers: [
        ["ratelimit-policy", '"key";q=10;w=60, "calls";q=1;w=60'],
        ["ratelimit", '"key";r=9;t=6, "calls";r=0;t=60'],
      ],
    },
  });
  expect(await admitted(deps, { principal: key("key_a") })).toBe("none");
});

test("where nobody set a limit there is a generous one, which no header speaks of; 0 is none at all", async () => {
  const deps = withLimits({ perKey: null, perAddress: 0 });
  const headers: HeaderList = [];
  for (let i = 0; i < defaultPerMinute; i++) {
    await callLimitsOf(deps).admit({ project: "default", principal: key("key_a"), address: null }, headers);
  }
  expect(headers).toEqual([]);
  expect(await admitted(deps, { principal: key("key_a") })).toBe("rate_limited");
  expect(await admitted(deps, {})).toBe("none");
  await parts.clock.advance(1000);
  expect(await admitted(deps, { principal: key("key_a") })).toBe("none");
});

test("attempts at something are counted by their name", async () => {
  const limits = callLimitsOf(parts.deps);
  const attempt = (name: string) => problemCodeOf(limits.attempt(name, 2));
  expect([await attempt("sign-in ana"), await attempt("sign-in ana")]).toEqual(["none", "none"]);
  expect([await attempt("sign-in ana"), await attempt("sign-in bea")]).toEqual(["rate_limited", "none"]);
  await parts.clock.advance(30_000);
  expect(await attempt("sign-in ana")).toBe("none");
});
