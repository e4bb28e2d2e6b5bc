import { expect, test } from "vitest";
import { readBindings } from "./bindings.ts";

const hub = { idFromName: () => "id", get: () => ({ fetch: () => Promise.reject(new Error("unused")) }) };
const whole = {
  HUB: hub,
  PULSE_DATABASE_URL: "libsql://pulse.example.test",
  PULSE_DATABASE_TOKEN: "token",
  PULSE_ADMIN_KEY: `pk_${"a".repeat(30)}`,
  PULSE_MASTER_KEY: "as it is written",
};
const messageOf = (env: Record<string, unknown>): string => {
  try {
    readBindings(env);
    return "";
  } catch (error) {
    return String(error);
  }
};

test("everything that is missing or wrong stands in one message, with the way to set it and no value", () => {
  const message = messageOf({
    PULSE_DATABASE_URL: "file:secret.db",
    PULSE_ADMIN_KEY: "short-secret",
    BLOBS: {},
  });
  for (const name of ["HUB", "BLOBS", "PULSE_DATABASE_URL", "PULSE_DATABASE_TOKEN", "PULSE_ADMIN_KEY"]) {
    expect(message).toContain(name);
  }
  expect(message).toContain("npx wrangler secret put PULSE_ADMIN_KEY");
  expect(message).not.toContain("secret.db");
  expect(message).not.toContain("short-secret");
});

test("a bucket, a public address and a token for a plain http database may be left out", () => {
  const bindings = readBindings({
    ...whole,
    PULSE_DATABASE_TOKEN: undefined,
    PULSE_DATABASE_URL: "http://127.0.0.1:8080",
  });
  expect(bindings).toMatchObject({ bucket: null, publicUrl: null, databaseToken: null, backstopMs: 30_000 });
});

test.each([["https://pulse.example.test/path"], ["pulse.example.test"], ["ftp://pulse.example.test"]])(
  "the public address %s is refused",
  (url) => {
    expect(messageOf({ ...whole, PULSE_PUBLIC_URL: url })).toContain("PULSE_PUBLIC_URL");
  },
);

test("the endpoints of the system before are off unless they are switched on, and nothing else switches them", () => {
  const { isCompatible } = readBindings(whole);
  expect([isCompatible, readBindings({ ...whole, PULSE_COMPAT: "on" }).isCompatible]).toEqual([false, true]);
  expect(messageOf({ ...whole, PULSE_COMPAT: "yes" })).toContain("PULSE_COMPAT");
});

test("GraphQL is off unless it is switched on", () => {
  const { hasGraphql } = readBindings(whole);
  expect([hasGraphql, readBindings({ ...whole, PULSE_GRAPHQL: "on" }).hasGraphql]).toEqual([false, true]);
  expect(messageOf({ ...whole, PULSE_GRAPHQL: "yes" })).toContain("PULSE_GRAPHQL");
});
