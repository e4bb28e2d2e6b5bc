import { readRange } from "@pulse/schema/address";
import { expect, test } from "vitest";
import { identityIn, isProxy } from "./identity.ts";

const proxies = ["10.0.0.5/32", "127.0.0.1", "2001:db8::/64"].flatMap((text) => readRange(text) ?? []);

test.each([
  ["10.0.0.5", true],
  ["::ffff:10.0.0.5", true],
  ["10.0.0.6", false],
  ["127.0.0.1", true],
  ["::1", false],
  ["2001:db8::1", true],
  ["2001:DB8:0:0::1", true],
  ["2001:db8:0:1::1", false],
  ["fe80::1%eth0", false],
  ["10.0.0.5, 192.0.2.1", false],
  ["", false],
  [null, false],
])("TH-07 %s is a proxy: %s", (peer, is) => {
  expect(isProxy(peer, proxies)).toBe(is);
});

test("TH-06 groups are split at commas, trimmed, and compared as they are written", () => {
  const headers = new Headers({ "remote-user": "ana", "remote-groups": "ops, Admin ,xadmin,admin|x,," });
  expect(identityIn(headers)).toMatchObject({
    username: "ana",
    groups: ["ops", "Admin", "xadmin", "admin|x"],
  });
});

test("a proxy that names nobody says nothing, whatever groups it names", () => {
  expect(identityIn(new Headers({ "remote-groups": "admin" }))).toBeNull();
});

test.each(["alice, admin", "a;b", "x".repeat(129), "señor", "a b", "", " "])(
  "TH-04 the name %j is refused",
  (name) => {
    const headers = new Headers();
    headers.set("remote-user", name);
    expect(() => identityIn(headers)).toThrow(expect.objectContaining({ code: "bad_request" }));
  },
);

test("TH-05 only the exact header counts", () => {
  expect(identityIn(new Headers({ remote_user: "admin", "x-remote-user": "admin" }))).toBeNull();
  expect(identityIn(new Headers({ "REMOTE-USER": "ana" }))).toMatchObject({ username: "ana" });
});

test("names may be written as people write them; what steers a terminal is left out", () => {
  const headers = new Headers({ "remote-user": "ana", "remote-name": "N\u00fa\u00f1ez, Ana \u009b31m" });
  expect(identityIn(headers)?.name).toBe("N\u00fa\u00f1ez, Ana 31m");
});
