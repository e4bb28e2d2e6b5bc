import { expect, test } from "vitest";
import { readGatewayConfig } from "./config.ts";

test("an empty environment gives the defaults", () => {
  expect(readGatewayConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 8787,
    dataDir: "./pulse-data",
    adminKey: null,
  });
});

test("every bad value is named at once, and a secret is not shown", () => {
  const bad = {
    PULSE_PORT: "70000",
    PULSE_PUBLIC_URL: "https://pulse.example.test/path",
    PULSE_ADMIN_KEY: "short-secret",
    PULSE_METRICS_TOKEN: "short-secret",
  };
  const read = () => readGatewayConfig(bad);
  expect(read).toThrow(/PULSE_PORT.*PULSE_PUBLIC_URL.*PULSE_ADMIN_KEY.*PULSE_METRICS_TOKEN/s);
  expect(read).not.toThrow(/short-secret/);
});

test("the endpoints of the system before are off unless they are switched on, and nothing else switches them", () => {
  const isOn = (given: string) => readGatewayConfig({ PULSE_COMPAT: given }).isCompatible;
  expect([readGatewayConfig({}).isCompatible, isOn("off"), isOn("on")]).toEqual([false, false, true]);
  expect(() => isOn("yes")).toThrow(/PULSE_COMPAT/);
});

test("GraphQL is off unless it is switched on", () => {
  const isOn = (given: string) => readGatewayConfig({ PULSE_GRAPHQL: given }).hasGraphql;
  expect([readGatewayConfig({}).hasGraphql, isOn("off"), isOn("on")]).toEqual([false, false, true]);
  expect(() => isOn("yes")).toThrow(/PULSE_GRAPHQL/);
});
