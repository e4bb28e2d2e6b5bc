import { expect, test } from "vitest";
import { addressGroup, callerAddress, readRange } from "./address.ts";

const ranges = (...texts: string[]) =>
  texts.map((text) => {
    const range = readRange(text);
    if (range === null) throw new Error(`${text} is no range`);
    return range;
  });
const none = ranges();

test("RL-01 what an untrusted peer says about itself does not count", () => {
  for (const forged of ["1.1.1.1", "2.2.2.2, 3.3.3.3", "::1", "127.0.0.1", "198.51.100.7"]) {
    expect(callerAddress("198.51.100.7", forged, none)).toBe("198.51.100.7");
    expect(callerAddress("198.51.100.7", forged, ranges("10.0.0.0/8"))).toBe("198.51.100.7");
  }
});

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["1.1.1.1, 203.0.113.9", "203.0.113.9"],
  ["1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"],
  ["1.1.1.1,203.0.113.9,10.1.2.3,10.9.9.9", "203.0.113.9"],
  ["10.0.0.1, 203.0.113.9:4711", "203.0.113.9"],
  ["[2001:db8::7]:443", "2001:db8:0:0:0:0:0:7"],
  ["10.1.2.3", "10.1.2.3"],
  ["", "10.0.0.1"],
  ["unknown", "10.0.0.1"],
  ["203.0.113.9, nonsense", "10.0.0.1"],
  ["203.0.113.9, nonsense, 10.1.2.3", "10.1.2.3"],
])("RL-01 behind a trusted proxy, X-Forwarded-For %j means %s", (header, address) => {
  expect(callerAddress("10.0.0.1", header, ranges("10.0.0.0/8"))).toBe(address);
});

test("RL-02 one IPv6 customer is one caller, however its addresses are written", () => {
  const group = (text: string) => addressGroup(callerAddress(text, null, none) ?? "");
  expect(group("2001:DB8:0:1::1")).toBe("2001:db8:0:1::/64");
  expect(group("2001:db8:0:1:ffff:ffff:ffff:ffff")).toBe("2001:db8:0:1::/64");
  expect(group("2001:0db8:0000:0001:0:0:0:2%eth0")).toBe("2001:db8:0:1::/64");
  expect(group("2001:db8:0:2::1")).toBe("2001:db8:0:2::/64");
});

test("RL-02 an IPv4 address within IPv6 is the IPv4 address", () => {
  for (const text of ["::ffff:198.51.100.7", "::FFFF:c633:6407", "0:0:0:0:0:ffff:198.51.100.7"]) {
    expect(callerAddress(text, null, none)).toBe("198.51.100.7");
  }
  expect(callerAddress("::ffff:10.0.0.1", "203.0.113.9", ranges("10.0.0.0/8"))).toBe("203.0.113.9");
  expect(callerAddress("10.0.0.1", "203.0.113.9", ranges("::ffff:10.0.0.0/104"))).toBe("203.0.113.9");
});

test.each([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["192.168.4.0/22", "192.168.7.255", true],
  ["192.168.4.0/22", "192.168.8.0", false],
  ["127.0.0.1", "127.0.0.2", false],
  ["0.0.0.0/0", "8.8.8.8", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["fd00::/8", "fdff::1", true],
  ["fd00::/8", "fe80::1", false],
  ["2001:db8::/33", "2001:db8:8000::1", false],
])("the range %s and the peer %s: trusted %s", (range, peer, isTrusted) => {
  expect(callerAddress(peer, "203.0.113.9", ranges(range)) === "203.0.113.9").toBe(isTrusted);
});

test.each([
  "",
  "10.0.0.0/33",
  "10.0.0/8",
  "10.0.0.0/8/8",
  "10.0.0.256",
  "010.0.0.1",
  "::/129",
  "1:2:3:4:5:6:7",
  "1::2::3",
  "proxy.test",
  ":::",
  "::ffff:1.2.3",
])("%j is no range of addresses", (text) => expect(readRange(text)).toBeNull());

test("a peer that is no address is nobody", () => {
  expect(callerAddress(null, "203.0.113.9", ranges("0.0.0.0/0"))).toBeNull();
  expect(callerAddress("", null, none)).toBeNull();
});
