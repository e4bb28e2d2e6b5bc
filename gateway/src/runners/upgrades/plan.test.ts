import { describe, expect, test } from "vitest";
import type { HandedOut } from "../../ports.ts";
import { type Candidate, planUpgrade, runnersPerWave } from "./plan.ts";
import type { Upgrade } from "./upgrade.ts";
import { advance, type Presence, reported, stopped } from "./waves.ts";

const [fresh, older] = ["b".repeat(64), "a".repeat(64)];
const handedOut: HandedOut = {
  ...{ version: "0.2.0", protocol: 1, node: "22.19.0" },
  bundles: [{ platform: "linux-x64", file: "r.tar.gz", sha256: fresh, bytes: 9 }],
};

function candidate(name: string, facts: object = {}, presence: Candidate["presence"] = "online"): Candidate {
  const usual = { os: "linux", arch: "x64", bundle: older, upgrades: true };
  return { id: `rnr_${name}`, name, version: "0.1.0", presence, facts: { ...usual, ...facts } };
}

describe("the plan", () => {
  test("a runner of a later version goes back where the command says so, and one of the same version as ever", () => {
    const ahead = { ...candidate("a"), version: "0.3.0" };
    const same = { ...candidate("b"), version: "0.2.0" };
    const of = (allowDowngrade: boolean) =>
      planUpgrade([ahead, same], handedOut, { wave: "1", allowDowngrade }).runners.map(({ wave }) => wave);
    expect([of(false), of(true)]).toEqual([
      [null, 1],
      [1, 2],
    ]);
  });

  test.each([
    ["3", 10, 3],
    ["1", 0, 1],
    ["10%", 10, 1],
    ["10%", 11, 2],
    ["100%", 7, 7],
    ["1%", 3, 1],
    ["50", 3, 50],
  ])("a wave of %s of %d has %d runners", (size, count, expected) => {
    expect(runnersPerWave(size, count)).toBe(expected);
  });

  test("runners go into waves in their order, and those that are left out make no gaps", () => {
    const candidates = ["a", "b", "c", "d"].map((name) => candidate(name));
    const { runners, waves } = planUpgrade(
      [...candidates.slice(0, 1), candidate("x", { bundle: null }), ...candidates.slice(1)],
      handedOut,
      { wave: "2", allowDowngrade: false },
    );
    expect(runners.map(({ name, wave }) => [name, wave])).toEqual([
      ...[["a", 1] as const, ["x", null] as const],
      ...[["b", 1] as const, ["c", 2] as const, ["d", 2] as const],
    ]);
    expect(waves).toBe(2);
  });

  test.each([
    [candidate("x", { bundle: null }), "left", /not installed by this gateway's line/],
    [candidate("x", { arch: "arm64" }), "left", /no runner for linux-arm64, only for linux-x64/],
    [candidate("x", { upgrades: undefined }), "left", /its version cannot do that yet/],
    [candidate("x", { upgrades: "its policy says no" }), "left", /because its policy says no/],
    [candidate("x", {}, "offline"), "left", /it is offline/],
    [
      { ...candidate("x"), version: "0.10.0" },
      "left",
      /it runs 0.10.0, and 0.2.0 is older: .*--allow-downgrade/,
    ],
    [{ ...candidate("x"), isEphemeral: true }, "left", /it is ephemeral/],
    [{ ...candidate("x"), facts: null }, "left", /never connected/],
    [candidate("x", { bundle: fresh }), "current", null],
  ] as const)("who is not upgraded is told with the reason (%#)", (one, state, why) => {
    const [planned] = planUpgrade([one], handedOut, { wave: "10%", allowDowngrade: false }).runners;
    expect(planned).toMatchObject({ state, wave: null });
    if (why === null) expect(planned?.why).toBeNull();
    else expect(planned?.why).toMatch(why);
  });
});

describe("the waves", () => {
  const names = ["a", "b", "c"];
  const ids = names.map((name) => `rnr_${name}`);
  const all: Presence = new Map(ids.map((id) => [id, "online"]));
  const planned: Upgrade = {
    ...{ id: "upg_1", state: "running", version: "0.2.0", why: null, wave: 0, waveSize: "2" },
    ...{
      pauseMs: 5000,
      withinMs: 60_000,
      startedAt: 0,
      endedAt: null,
      waveEndedAt: null,
      allowDowngrade: false,
    },
    ...planUpgrade(
      names.map((name) => candidate(name)),
      handedOut,
      { wave: "2", allowDowngrade: false },
    ),
  };
  const up = (upgrade: Upgrade, name: string, now: number) =>
    reported(upgrade, { runner: `rnr_${name}`, outcome: "up", sha256: fresh, detail: null }, now);
  const statesOf = (upgrade: Upgrade) => upgrade.runners.map(({ state }) => state);

  test("the first one is told at once, the next when all of it are up and the pause is over", () => {
    const first = advance(planned, all, 1000);
    expect(first.tell).toEqual(["rnr_a", "rnr_b"]);
    const half = advance(up(first.upgrade, "a", 2000), all, 2000);
    expect([half.tell, statesOf(half.upgrade)]).toEqual([[], ["upgraded", "told", "waiting"]]);
    const whole = advance(up(half.upgrade, "b", 3000), all, 3000);
    expect([whole.tell, whole.nextAt]).toEqual([[], 8000]);
    expect(advance(whole.upgrade, all, 7999).tell).toEqual([]);
    const second = advance(whole.upgrade, all, 8000);
    expect([second.tell, second.upgrade.wave]).toEqual([["rnr_c"], 2]);
    const end = advance(up(second.upgrade, "c", 9000), all, 9000).upgrade;
    expect([end.state, end.endedAt, end.why]).toEqual(["succeeded", 9000, null]);
  });

  test("one that was not heard of is told again, and given up when its time is over", () => {
    const first = advance(planned, all, 0).upgrade;
    const heard = advance(up(first, "a", 1), all, 20_000);
    expect(heard.tell).toEqual(["rnr_b"]);
    expect(advance(heard.upgrade, all, 20_001).tell).toEqual([]);
    const { upgrade, tell } = advance(heard.upgrade, all, 60_000);
    expect([upgrade.state, tell, statesOf(upgrade)]).toEqual([
      "failed",
      [],
      ["upgraded", "failed", "waiting"],
    ]);
    expect(upgrade.why).toBe("b: it did not come back with the new version within 60 s of being told");
  });

  test.each([
    [
      "refused",
      "the signature is wrong",
      "b: it refused: the signature is wrong; it runs the version before",
    ],
    ["takenBack", null, "b: the new version did not come up; it runs the version before"],
  ] as const)("a runner that %s ends it, and no other wave begins", (outcome, detail, why) => {
    const first = advance(planned, all, 0).upgrade;
    const said = reported(first, { runner: "rnr_b", outcome, sha256: older, detail }, 10);
    const { upgrade, tell } = advance(up(said, "a", 11), all, 12);
    expect([upgrade.state, upgrade.why, tell]).toEqual(["failed", why, []]);
    expect(statesOf(upgrade)).toEqual(["upgraded", "failed", "waiting"]);
    // The truth comes late.
    expect(statesOf(up(upgrade, "b", 13))).toEqual(["upgraded", "upgraded", "waiting"]);
  });

  test("the next wave waits for one of the former that is out of reach, and does not begin when it is gone", () => {
    const told = up(up(advance(planned, all, 0).upgrade, "a", 1), "b", 1);
    const first = { ...told, waveEndedAt: 2 };
    const away = new Map([...all, ["rnr_a", "unreachable"]]) as Presence;
    expect(advance(first, away, 9000)).toMatchObject({ tell: [], nextAt: 14_000 });
    const gone = advance(first, new Map([["rnr_b", "online"]]), 9000).upgrade;
    expect([gone.state, gone.why]).toEqual(["failed", "a: it was upgraded, and is not there any more"]);
  });

  test("one that was stopped begins nothing more, and one with nobody in it is over at once", () => {
    const end = stopped(advance(planned, all, 0).upgrade, 5);
    expect([end.state, end.endedAt]).toEqual(["stopped", 5]);
    expect(advance(up(up(end, "a", 6), "b", 6), all, 90_000).tell).toEqual([]);
    const nobody = { ...planned, runners: [], waves: 0 };
    expect(advance(nobody, all, 7).upgrade.state).toBe("succeeded");
  });

  test("up with another archive than the one that was handed out is not up", () => {
    const said = { runner: "rnr_a", outcome: "up" as const, sha256: older, detail: null };
    const { upgrade } = advance(reported(advance(planned, all, 0).upgrade, said, 1), all, 1);
    expect(upgrade.why).toContain(`it says that it is up, but runs ${older}`);
  });
});
