import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mayReach } from "../egress/address-rules.ts";
import { credentialsIn } from "./npmrc.ts";
import { openedFor, readRegistries } from "./registries.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pulse-registries-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("npm's own settings of this machine say where packages come from, with whose credentials and certificates", async () => {
  const userconfig = join(home, "npmrc");
  const lines = [
    "registry=http://registry.example.test:4873/",
    "@mine:registry=https://mine.example.test/npm/",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as npm writes it.
    "//mine.example.test/npm/:_authToken=${MINE}",
    `cafile=${join(home, "ca.pem")}`,
    "script-shell=/bin/false",
  ];
  writeFileSync(userconfig, lines.join("\n"));
  const env = { PATH: process.env.PATH, HOME: home, npm_config_userconfig: userconfig, MINE: "the-token" };
  const found = await readRegistries("typescript", env);
  expect(found.hosts).toEqual(
    expect.arrayContaining(["registry.example.test:4873", "mine.example.test:443"]),
  );
  expect(found.npmrc).toContain(`//mine.example.test/npm/:_authToken=${env.MINE}\n`);
  expect(found.npmrc).not.toContain("script-shell");
  expect(credentialsIn(found.settings, {})).toEqual(["the-token"]);
  expect(found.certificates).toBe(join(home, "ca.pem"));
});

test("a machine without npm takes npm's own registry, or the one of its environment", async () => {
  expect((await readRegistries("typescript", { PATH: home })).hosts).toEqual(["registry.npmjs.org:443"]);
  const own = { PATH: home, npm_config_registry: "http://registry.example.test:4873/" };
  expect((await readRegistries("typescript", own)).hosts).toEqual(["registry.example.test:4873"]);
});

test("Python's index is pypi.org, or what the environment says", async () => {
  const plain = await readRegistries("python", {});
  expect(plain.hosts).toEqual(["pypi.org:443", "files.pythonhosted.org:443"]);
  const own = await readRegistries("python", {
    PIP_INDEX_URL: "https://pip.example.test/simple",
    PIP_EXTRA_INDEX_URL: "http://one.example.test:3141/a https://two.example.test/b",
    AWS_SECRET: "not for installers",
  });
  expect(own.hosts).toEqual(["pip.example.test:443", "one.example.test:3141", "two.example.test:443"]);
  expect(Object.keys(own.env)).toEqual(["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"]);
});

test("the operator's registry is reached in a closed network too, at its port and no other", async () => {
  const { opened, resolve } = await openedFor(["localhost:4873"]);
  const [address = ""] = await resolve("localhost");
  expect(mayReach(address, 4873, opened)).toBe(true);
  expect(mayReach(address, 22, opened)).toBe(false);
  expect(mayReach("169.254.169.254", 4873, opened)).toBe(false);
});
