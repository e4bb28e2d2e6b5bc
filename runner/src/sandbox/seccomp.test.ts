import { expect, test } from "vitest";
import { seccompProfile } from "./seccomp.ts";

interface Rule {
  names: string[];
  action: string;
  args?: { index: number; value: number; valueTwo?: number; op: string }[];
  errnoRet?: number;
}

function rules(architecture = "x86_64"): Rule[] {
  return JSON.parse(seccompProfile(architecture) ?? "").syscalls;
}

const allowed = () => rules().flatMap(({ action, names }) => (action === "SCMP_ACT_ALLOW" ? names : []));

test("everything that is not named is refused, and so is every other numbering of the calls", () => {
  for (const [architecture, native] of [
    ["x86_64", "SCMP_ARCH_X86_64"],
    ["aarch64", "SCMP_ARCH_AARCH64"],
  ] as const) {
    const profile = JSON.parse(seccompProfile(architecture) ?? "");
    expect(profile.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(profile.architectures).toEqual([native]);
  }
  expect(seccompProfile("riscv64")).toBeNull();
});

test.each([
  "io_uring_setup",
  "bpf",
  "keyctl",
  "ptrace",
  "mount",
  "unshare",
  "setns",
  "userfaultfd",
  "perf_event_open",
])("%s is not named", (name) => expect(allowed()).not.toContain(name));

test("what is named is named once, as a call is called", () => {
  const plain = rules().filter(({ args, action }) => args === undefined && action === "SCMP_ACT_ALLOW");
  const names = plain.flatMap((rule) => rule.names);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9_]+$/);
});

test("a new process makes no namespaces, a socket is of a usual kind, and clone3 does not exist", () => {
  const of = (name: string) => rules().filter(({ names }) => names.includes(name));
  expect(of("clone")).toMatchObject([
    { args: [{ value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }] },
  ]);
  expect(of("socket").map(({ args }) => args?.[0]?.value)).toEqual([1, 2, 10, 16]);
  expect(of("clone3")).toMatchObject([{ action: "SCMP_ACT_ERRNO", errnoRet: 38 }]);
});
