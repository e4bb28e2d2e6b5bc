import { checkHeaders } from "@pulse/schema/outgoing/check-headers";
import { expect, test } from "vitest";
import { checkUrl } from "./check-url.ts";
import { policyOf } from "./policy-of.ts";
import { isPublicAddress } from "./public-address.ts";

const nothing = policyOf({ outboundHosts: [], callbackHosts: [] });
const at = "@";

test.each([
  "http://127.0.0.1",
  "http://localhost",
  "http://localhost.",
  "http://localhost../",
  "http://127.0.0.1...:80/",
  "http://good..test/",
  "http://../",
  "http://a.localhost",
  "http://[::1]",
  "http://0",
  `http://${"0x7f.1"}`,
  "http://2130706433",
  "http://017700000001",
  "http://127.1",
  "http://127.0.0.1.",
  "http://[::ffff:7f00:1]",
  "http://[::ffff:127.0.0.1]",
  "http://[::127.0.0.1]",
  "http://[64:ff9b::7f00:1]",
  "http://[fe80::1%25eth0]",
  "http://①②⑦.⓪.⓪.①",
  "http://169.254.169.254/latest/meta-data/",
  "http://[fd00:ec2::254]/",
  `http://${"metadata.google.internal"}`,
  `http://${"printer.local"}/`,
  "http://database/",
  `http://user:pass${at}host.test`,
  `http://good.test#${at}evil.test`,
  `http://good.test\\${at}evil.test`,
  "http://evil。test",
  "http://good.test/a\tb",
  "http://good.test/\n",
  " http://good.test/",
  "file:///etc/passwd",
  "gopher://good.test/",
  "javascript:alert(1)",
  "ftp://good.test/",
  "//good.test/",
  "good.test",
  "",
  "http://good.test:22/",
  "https://good.test:6379/",
  `https://good.test/${"a".repeat(4096)}`,
])("%s is not called", (text) => {
  expect(() => checkUrl(text, nothing)).toThrow(expect.objectContaining({ code: "url_not_allowed" }));
});

test.each([
  ["https://good.test/a?b=c#part", "https://good.test/a?b=c"],
  ["http://good.test./", "http://good.test/"],
  ["https://GOOD.test:443/", "https://good.test/"],
  ["http://8.8.8.8/", "http://8.8.8.8/"],
  ["https://[2606:4700::1111]/", "https://[2606:4700::1111]/"],
])("%s is called as %s", (text, expected) => {
  const { url, isAllowed } = checkUrl(text, nothing);
  expect([url.href, isAllowed]).toEqual([expected, false]);
});

test("an operator names exact hosts, which are called wherever they are, and no others beside them", () => {
  const policy = policyOf({
    outboundHosts: ["nas.example.test:8080", "printer.example.test"],
    callbackHosts: ["127.0.0.1:9000", "hooks.test:8443", "*.partner.test"],
  });
  for (const text of [
    "http://nas.example.test:8080/",
    "https://printer.example.test/",
    "http://127.0.0.1:9000/",
  ]) {
    expect(checkUrl(text, policy).isAllowed).toBe(true);
  }
  expect(checkUrl("https://hooks.test:8443/", policy).isAllowed).toBe(false);
  for (const text of [
    "http://nas.example.test:8081/",
    "http://x.nas.example.test:8080/",
    "http://127.0.0.1/",
    "http://printer.example.test:81/",
  ]) {
    expect(() => checkUrl(text, policy)).toThrow("not");
  }
});

test.each([
  ["X-A", "v\r\nEvil: 1"],
  ["X-A", "v\0"],
  ["X-A\r\nEvil", "1"],
  ["", "1"],
  ["Host", "evil.test"],
  ["Content-Length", "5"],
  ["transfer-encoding", "chunked"],
  ["Connection", "upgrade"],
  ["x", "a".repeat(20_000)],
])("the header %j: %j is not sent, and its value is not shown", (name, value) => {
  expect(() => checkHeaders([[name, value]])).toThrow(
    expect.objectContaining({ code: "invalid_header", message: expect.not.stringContaining("Evil: 1") }),
  );
});

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.100.100.200",
  "127.0.0.1",
  "169.254.169.254",
  "172.31.0.1",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:8.8.8.8",
  "64:ff9b::7f00:1",
  "100::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "not an address",
])("%s is not public", (address) => expect(isPublicAddress(address)).toBe(false));

test.each(["8.8.8.8", "172.32.0.1", "2606:4700::1111"])("%s is public", (address) =>
  expect(isPublicAddress(address)).toBe(true),
);
