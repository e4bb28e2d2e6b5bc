import { expect, test } from "vitest";
import { freeSubnet, readRoutes } from "./subnets.ts";

test("256 networks fit, each where no other stands, and then no more", () => {
  const used: string[] = [];
  for (let n = 0; n < 256; n++) {
    const subnet = freeSubnet(used, 7);
    expect(subnet).toMatch(/^198\.1[89]\.\d+\.0\/23$/);
    used.push(subnet ?? "");
  }
  expect(new Set(used).size).toBe(256);
  expect([used[0], used[1], used.at(-1)]).toEqual(["198.18.14.0/23", "198.18.16.0/23", "198.18.12.0/23"]);
  expect(freeSubnet(used, 7)).toBeNull();
});

test.each([
  [["198.18.0.0/16"], 0, "198.19.0.0/23"],
  [["198.18.0.5"], 0, "198.18.2.0/23"],
  [["198.18.1.255/32", "198.18.2.0/24"], 0, "198.18.4.0/23"],
  [["10.0.0.0/8", "fd00::/64", "0.0.0.0/1"], 0, "198.18.0.0/23"],
  [["0.0.0.0/0"], 0, null],
  [["198.19.254.0/23"], 255, "198.18.0.0/23"],
])("what the host or the engine uses is left alone: %j", (used, hint, expected) => {
  expect(freeSubnet(used, hint)).toBe(expected);
});

test("the kernel's routes are read as networks; the default route is none", () => {
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "tun0\t000012C6\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
  ];
  expect(readRoutes(table.join("\n"))).toEqual(["172.17.0.0/16", "198.18.0.0/16"]);
});
