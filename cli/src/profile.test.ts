import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { en } from "./messages/en.ts";
import { findProfile, profilesPath, readProfiles, writeProfiles } from "./profile.ts";

let folder: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-profile-"));
  env = { XDG_CONFIG_HOME: join(folder, "config") };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const two = {
  current: "home",
  profiles: {
    home: { gateway: "https://home.example.test", key: "pk_home" },
    prod: { gateway: "https://prod.example.test", key: "pk_prod" },
  },
};
const find = (flags: Parameters<typeof findProfile>[0] = {}, more: Record<string, string> = {}) =>
  findProfile(flags, { ...env, ...more }, folder, en);

test("flags come before variables, variables before profiles, and the one in use before the default", () => {
  expect(find()).toMatchObject({ gateway: "http://localhost:8787", key: null });
  writeProfiles(env, two);
  expect(find()).toMatchObject({ name: "home", key: "pk_home" });
  expect(find({}, { PULSE_PROFILE: "prod" })).toMatchObject({ name: "prod", key: "pk_prod" });
  expect(find({ profile: "home" }, { PULSE_PROFILE: "prod" })).toMatchObject({ name: "home" });
  expect(find({}, { PULSE_PROFILE: "prod", PULSE_KEY: "pk_env" })).toMatchObject({ key: "pk_env" });
  const variables = { PULSE_GATEWAY: "https://env.example.test", PULSE_KEY: "pk_env" };
  expect(find({ profile: "prod" }, variables)).toMatchObject({
    gateway: "https://prod.example.test",
    key: "pk_prod",
  });
  expect(find({ gateway: "https://flag.example.test" })).toMatchObject({ name: null, key: null });
});

test("a key file on this machine serves a gateway on this machine alone", () => {
  mkdirSync(join(folder, "pulse-data"));
  writeFileSync(join(folder, "pulse-data", "admin-key"), "pk_local\n");
  expect(find()).toMatchObject({ key: "pk_local" });
  expect(find({ gateway: "https://pulse.example.test" })).toMatchObject({ key: null });
});

test("the data folder may be named from here or from the root", () => {
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(join(folder, "elsewhere", "admin-key"), "pk_elsewhere\n");
  for (const name of ["elsewhere", join(folder, "elsewhere")])
    expect(find({}, { PULSE_DATA_DIR: name })).toMatchObject({ key: "pk_elsewhere" });
});

test("the gateway is the one that runs over the data folder here, if it says so", () => {
  mkdirSync(join(folder, "pulse-data"));
  writeFileSync(join(folder, "pulse-data", "admin-key"), "pk_local\n");
  expect(find()).toMatchObject({ gateway: "http://localhost:8787" });
  writeFileSync(join(folder, "pulse-data", "gateway-url"), "http://localhost:8799\n");
  expect(find()).toMatchObject({ gateway: "http://localhost:8799", key: "pk_local" });
  writeFileSync(join(folder, "pulse-data", "gateway-url"), "https://pulse.example.test\n");
  expect(find()).toMatchObject({ gateway: "http://localhost:8787" });
});

test("a name that is not kept is said with the nearest one, but login may make it", () => {
  writeProfiles(env, two);
  expect(() => find({ profile: "prd" })).toThrow("there is no profile prd");
  expect(find({ profile: "new", isNewAllowed: true, gateway: "https://new.example.test" })).toMatchObject({
    key: null,
  });
});

test.each(["nowhere", "ftp://x", `http://ada:${"secret"}@x`])(
  "the gateway %s is a usage error that repeats no password",
  (gateway) => {
    expect(() => find({ gateway })).toThrow(/http or https/);
    expect(() => find({ gateway })).not.toThrow(/secret/);
  },
);

test("the file is the owner's alone, also where it was not, and goes with the last profile", () => {
  mkdirSync(join(folder, "config", "pulse"), { recursive: true });
  writeFileSync(profilesPath(env), JSON.stringify(two), { mode: 0o644 });
  writeProfiles(env, two);
  expect(statSync(profilesPath(env)).mode & 0o777).toBe(0o600);
  writeProfiles(env, { current: "home", profiles: {} });
  expect(() => readFileSync(profilesPath(env))).toThrow("ENOENT");
});

test("a file of one gateway and key is the profile default; a broken one is said", () => {
  mkdirSync(join(folder, "config", "pulse"), { recursive: true });
  writeFileSync(profilesPath(env), JSON.stringify(two.profiles.home));
  expect(readProfiles(env)).toEqual({ current: "default", profiles: { default: two.profiles.home } });
  writeFileSync(profilesPath(env), "{");
  expect(() => readProfiles(env)).toThrow("is not JSON");
});
