import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { boundedScrypt } from "../../platform/node/scrypt.ts";
import { boundedScrypt as workersScrypt } from "../../platform/workers/scrypt.ts";
import { problemCodeOf } from "../../runners/parts.suite.ts";
import { networkOf } from "./attempts.ts";
import { checkPassword, hashPassword } from "./hash.ts";
import { checkNewPassword, faultOf } from "./policy.ts";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ports = { log, scrypt: boundedScrypt(), random: (count: number) => new Uint8Array(count).fill(7) };
const cost = { ln: 4, r: 8, p: 1 };

test.each([
  ["nine characters", "Xq7!pLm2z", /at least 10/],
  ["129 characters", `${"ab3defghij".repeat(13)}`.slice(0, 129), /at most 128/],
  ["one character again and again", "aaaaaaaaaaaa", /same few/],
  ["two characters", "abababababab", /same few/],
  ["a run of neighbours", "abcdefghijkl", /run of neighbours/],
  ["the username", "hello-marianne!", /username/],
])("%s is refused", (_what, password, fault) => {
  expect(faultOf(password, "marianne")).toMatch(fault);
});

test.each([
  "Passw0rd for me",
  "  leading spaces",
  "🐎🔋📎🦄🧲 and more",
  `${"x7".repeat(60)}qwerty12`,
  "ñandú con tilde",
])("%j is taken as it is", async (password) => {
  expect(await problemCodeOf(checkNewPassword(ports, {}, password, "ana"))).toBe("none");
});

test.each(["password123", "Qwertyuiop", "1q2w3e4r5t", "DRAGONBALL"])(
  "%s is among the most used",
  async (password) => {
    expect(await problemCodeOf(checkNewPassword(ports, {}, password, "ana"))).toBe("validation_failed");
  },
);

test("a password is its own, whole, and the same from every keyboard", async () => {
  const kept = await hashPassword(ports, "ﬁne café, long", cost);
  const isRight = async (password: string) => (await checkPassword(ports, password, kept, cost)).isRight;
  expect(await isRight("ﬁne café, long")).toBe(true);
  expect(await isRight("fine cafe\u0301, long")).toBe(true);
  expect(await isRight("fine cafe, long")).toBe(false);
  expect(await isRight("ﬁne café, long ")).toBe(false);
  expect(await isRight("")).toBe(false);
});

test("for nobody as much is computed as for somebody, and the answer is no", async () => {
  const asked: unknown[] = [];
  const watched = {
    ...ports,
    scrypt: (...all: Parameters<typeof ports.scrypt>) => {
      asked.push([all[1].length, all[2], all[3]]);
      return ports.scrypt(...all);
    },
  };
  const kept = await hashPassword(ports, "correct horse battery", cost);
  await checkPassword(watched, "x", kept, cost);
  expect(await checkPassword(watched, "x", null, cost)).toMatchObject({ isRight: false });
  expect(asked[0]).toEqual(asked[1]);
});

test("both platforms hash as RFC 7914 says", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  for (const scrypt of [boundedScrypt(), workersScrypt()]) {
    const key = await scrypt(bytes("pleaseletmein"), bytes("SodiumChloride"), { ln: 14, r: 8, p: 1 }, 64);
    expect(Buffer.from(key).toString("hex")).toBe(
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
    );
  }
});

test("a flood of sign-ins waits in a row that has an end", async () => {
  const bytes = new Uint8Array(16);
  const flood = async (scrypt: ReturnType<typeof boundedScrypt>) => {
    const all = Array.from({ length: 60 }, () =>
      problemCodeOf(scrypt(bytes, bytes, { ln: 10, r: 8, p: 1 }, 32)),
    );
    return Object.entries(Object.groupBy(await Promise.all(all), (one) => one)).map(([code, some]) => [
      code,
      some?.length,
    ]);
  };
  expect(await flood(boundedScrypt())).toEqual([
    ["none", 34],
    ["rate_limited", 26],
  ]);
  const workers = workersScrypt();
  expect(await flood(workers)).toEqual([
    ["none", 2],
    ["rate_limited", 58],
  ]);
  expect(await problemCodeOf(workers(bytes, bytes, { ln: 10, r: 8, p: 1 }, 32))).toBe("none");
});

test("a service of leaked passwords sees five digits, and one that is down stops nobody", async () => {
  const leaked = "a password that leaked";
  const digest = createHash("sha1").update(leaked).digest("hex").toUpperCase();
  const asked: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status);
    response.end(`0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n${digest.slice(5)}:42\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const config = { breachCheckUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/` };
  try {
    await expect(checkNewPassword(ports, config, leaked, "ana")).rejects.toThrow(/seen in leaks 42 times/);
    expect(asked).toEqual([`/range/${digest.slice(0, 5)}`]);
    expect(await problemCodeOf(checkNewPassword(ports, config, "one that did not leak", "ana"))).toBe("none");
    status = 500;
    expect(await problemCodeOf(checkNewPassword(ports, config, leaked, "ana"))).toBe("none");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  [null, ""],
])("sign-ins from %s count for %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
