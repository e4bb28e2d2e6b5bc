import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { en } from "../messages/en.ts";
import { commandsCheck, commandsVerdict } from "./commands.ts";

const seen = {
  fault: null,
  user: "pulse",
  folder: "/etc/pulse/commands.d",
  described: [],
  shells: ["/bin/sh"],
  requests: ["none"],
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-doctor-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});
const look = () => commandsCheck(AbortSignal.timeout(20_000), en);

test("a machine that was not opened takes no commands, and that is well", async () => {
  vi.stubEnv("PULSE_COMMANDS", "");
  expect(await look()).toMatchObject({ name: "commands", status: "ok", detail: en.commandsDeny });
});

test("an allowlist names what the machine describes, and what is wrong with a description", async () => {
  vi.stubEnv("PULSE_COMMANDS", "allowlist");
  vi.stubEnv("PULSE_COMMANDS_DIR", folder);
  expect(await look()).toMatchObject({ status: "warning", fix: en.fixNoneDescribed });
  writeFileSync(join(folder, "disk.json"), JSON.stringify({ argv: ["/bin/df"] }), { mode: 0o600 });
  expect(await look()).toMatchObject({ status: "ok", detail: expect.stringContaining("disk") });
  writeFileSync(join(folder, "bad.json"), JSON.stringify({ argv: ["df"] }), { mode: 0o600 });
  expect(await look()).toMatchObject({
    ...{ status: "warning", fix: en.fixDescribed },
    detail: expect.stringMatching(/disk.*"bad" is not valid.*absolute path/),
  });
});

test("where requests of workflows may go is told, as the runner and its policy have it", async () => {
  vi.stubEnv("PULSE_COMMANDS", "");
  vi.stubEnv("PULSE_REQUESTS", "*.example.test:443");
  const path = join(folder, "policy.json");
  vi.stubEnv("PULSE_POLICY", path);
  writeFileSync(path, "{}", { mode: 0o600 });
  expect((await look()).detail).toBe(`${en.commandsDeny}; requests of workflows to *.example.test:443`);
  writeFileSync(path, JSON.stringify({ requests: "none" }), { mode: 0o600 });
  expect((await look()).detail).toBe(en.commandsDeny);
  writeFileSync(path, JSON.stringify({ requests: ["a.example.test:443"] }), { mode: 0o600 });
  expect((await look()).detail).toContain("to *.example.test:443 & a.example.test:443");
  vi.stubEnv("PULSE_REQUESTS", "everywhere");
  expect(await look()).toMatchObject({ status: "failed", detail: expect.stringContaining("host:port") });
});

test("the policy may only make it stricter, and one that cannot be read closes it", async () => {
  vi.stubEnv("PULSE_COMMANDS", "allow");
  vi.stubEnv("PULSE_COMMANDS_DIR", folder);
  const path = join(folder, "policy.json");
  mkdirSync(join(folder, "own"), { mode: 0o700 });
  writeFileSync(path, JSON.stringify({ commands: { mode: "allowlist", dir: join(folder, "own") } }), {
    mode: 0o600,
  });
  vi.stubEnv("PULSE_POLICY", path);
  expect((await look()).detail).toContain(join(folder, "own"));
  writeFileSync(path, "{", { mode: 0o600 });
  expect(await look()).toMatchObject({ status: "failed", fix: en.fixPolicy });
});

test("free commands are told with their user and the shells, and those of root as a warning", () => {
  const free = commandsVerdict({ ...seen, mode: "allow" }, en);
  expect(free).toMatchObject({ status: "ok", detail: expect.stringMatching(/as pulse.*\/bin\/sh/) });
  expect(commandsVerdict({ ...seen, mode: "allow", user: "root" }, en)).toMatchObject({
    ...{ status: "warning", fix: en.fixRootCommands },
  });
});
