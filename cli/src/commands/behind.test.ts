import { expect, test } from "vitest";
import { partsOf, type SeenRunner } from "./behind.ts";

const handedOut = { bundles: [{ platform: "linux-x64", sha256: "new" }] };
const runner = (version: string | null, bundle: string | null, arch = "x64"): SeenRunner => ({
  ...{ name: "one", version },
  facts: version === null ? null : { os: "linux", arch, bundle },
});

test.each([
  ["1.4.0", null, "current", null],
  ["1.3.9", null, "behind", "source"],
  ["1.3.9", "old", "behind", "line"],
  ["1.10.0", "old", "ahead", "line"],
  ["1.4.0", "new", "current", null],
  ["1.4.0", "old", "rebuilt", "line"],
  [null, null, "unknown", null],
] as const)("a runner of version %s and bundle %s is %s", (version, bundle, state, way) => {
  expect(partsOf("1.4.0", "1.4.0", [runner(version, bundle)], handedOut)[2]).toEqual({
    ...{ part: "runner", name: "one" },
    ...{ version, state, way },
  });
});

test("a platform that the gateway has no bundle for, or a gateway that has none, says nothing of builds", () => {
  expect(partsOf("1.4.0", "1.4.0", [runner("1.4.0", "old", "arm64")], handedOut)[2]?.state).toBe("current");
  expect(partsOf("1.4.0", "1.4.0", [runner("1.4.0", "old")], null)[2]?.state).toBe("current");
});

test("the CLI is told from the gateway", () => {
  const stateOf = (cli: string) => partsOf("1.4.0", cli, [], null)[1];
  expect(stateOf("1.3.0")).toMatchObject({ state: "behind", way: "cli" });
  expect(stateOf("1.4.0")).toMatchObject({ state: "current", way: null });
});
