import { expect, test } from "vitest";
import { mayReach, readOpenedRange } from "./address-rules.ts";

test.each([
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "10.0.0.1",
  "100.100.100.200",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::1",
  "::",
  "::ffff:169.254.169.254",
  "::ffff:10.0.0.1",
  "64:ff9b::a00:1",
  "64:ff9b:1::1",
  "fd00:ec2::254",
  "fe80::1",
  "ff02::1",
  "2002:a00:1::1",
  "2001:db8::1",
  "no address",
])("%s is closed", (address) => {
  expect(mayReach(address, 80, [])).toBe(false);
});

test.each(["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111"])(
  "%s is open",
  (address) => {
    expect(mayReach(address, 443, [])).toBe(true);
  },
);

test("a policy opens a network, or one port of it", () => {
  const opened = ["10.1.0.0/16", "192.168.1.5:5432", "[fd00:1::/64]:443"].map((text) => {
    const range = readOpenedRange(text);
    if (range === null) throw new Error(`${text} is no range`);
    return range;
  });
  const reach = (address: string, port: number) => mayReach(address, port, opened);
  expect([reach("10.1.2.3", 80), reach("10.2.0.1", 80)]).toEqual([true, false]);
  expect([reach("192.168.1.5", 5432), reach("192.168.1.5", 22), reach("192.168.1.6", 5432)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([reach("fd00:1::9", 443), reach("fd00:1::9", 80), reach("fd00:2::9", 443)]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  "",
  "example.test:80",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.1:0",
  "10.0.0.1:70000",
  "fd00::1/129",
  "10.0.0",
])("%j is no range", (text) => {
  expect(readOpenedRange(text)).toBeNull();
});

test("an IPv6 network needs no brackets without a port", () => {
  expect(readOpenedRange("fd00:1::/64")).toEqual({ network: "fd00:1::", prefix: 64, port: null });
  expect(readOpenedRange("fd00:1::1")).toEqual({ network: "fd00:1::1", prefix: 128, port: null });
});
