import { expect, test } from "vitest";
import { readGatewayConfig } from "../../config.ts";
import { policyOf } from "../../outbound/policy-of.ts";
import { readCallback } from "./allowed.ts";

const hosts = [
  "hooks.example.test",
  "*.partner.test",
  "odd.example.test:8443",
  "127.0.0.1:9000",
  "[::1]:9000",
];

const policy = policyOf({ outboundHosts: [], callbackHosts: hosts });

test.each([
  ["https://hooks.example.test/a?b=c", "https://hooks.example.test/a?b=c"],
  ["https://HOOKS.example.test:443/#part", "https://hooks.example.test/"],
  ["https://a.b.partner.test/", "https://a.b.partner.test/"],
  ["https://odd.example.test:8443/", "https://odd.example.test:8443/"],
  ["http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x"],
  ["http://[::1]:9000/", "http://[::1]:9000/"],
])("%s may be called", (text, expected) => {
  expect(readCallback(text, hosts, policy)).toBe(expected);
});

const at = "@";

test.each([
  "http://hooks.example.test/",
  "https://hooks.example.test:8443/",
  "https://odd.example.test/",
  "https://partner.test/",
  "https://evilpartner.test/",
  "https://hooks.example.test.evil.test/",
  "http://127.0.0.1",
  "http://localhost:9000",
  "http://0",
  `http://${"0x7f.1"}`,
  "http://2130706433",
  "http://017700000001",
  "http://127.1",
  "http://[::ffff:7f00:1]",
  "http://[::ffff:127.0.0.1]:9000",
  "http://①②⑦.⓪.⓪.①",
  "http://127.0.0.1.nip.test",
  "http://169.254.169.254/latest/meta-data/",
  "http://[fd00:ec2::254]/",
  `http://${"metadata.google.internal"}`,
  `https://user:pass${at}hooks.example.test`,
  `https://hooks.example.test${at}evil.test/`,
  "https://evil.test#@hooks.example.test",
  "https://evil.test\\@hooks.example.test",
  "https://hooks.example。test",
  `https://hooks.example.${"\t"}test/`,
  "https://hooks.example.test/\n",
  "file:///etc/passwd",
  "gopher://hooks.example.test/",
  "javascript:alert(1)",
  "//hooks.example.test/",
  "hooks.example.test",
  "",
  `https://hooks.example.test/${"a".repeat(2048)}`,
])("%s may not", (text) => {
  expect(() => readCallback(text, hosts, policy)).toThrow(
    expect.objectContaining({ code: "validation_failed" }),
  );
});

test("a gateway that lists no host calls nobody, and says what to set", () => {
  expect(() => readCallback("https://hooks.example.test/", [], policy)).toThrow(
    expect.objectContaining({
      code: "validation_failed",
      extras: expect.objectContaining({ hint: expect.stringContaining("PULSE_CALLBACK_HOSTS") }),
    }),
  );
});

test("the list of hosts is read from the environment, and what is no host is refused", () => {
  expect(readGatewayConfig({}).callbackHosts).toEqual([]);
  const given = { PULSE_CALLBACK_HOSTS: " Hooks.example.test, *.partner.test ,[::1]:9000," };
  expect(readGatewayConfig(given).callbackHosts).toEqual([
    "hooks.example.test",
    "*.partner.test",
    "[::1]:9000",
  ]);
  for (const bad of ["https://hooks.example.test", "*", "a b", "host/path"]) {
    expect(() => readGatewayConfig({ PULSE_CALLBACK_HOSTS: bad })).toThrow("PULSE_CALLBACK_HOSTS");
  }
});
