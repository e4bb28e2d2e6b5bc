import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addPerson, gatewayOfEachTest } from "../../auth/browser.suite.ts";
import { readGatewayConfig } from "../../config.ts";
import { stderrLog } from "./ports.ts";
import { offerSetUp } from "./set-up-url.ts";

const gateway = gatewayOfEachTest();
let dataDir: string;
let logged = "";
beforeEach(async () => {
  logged = "";
  dataDir = await mkdtemp(join(tmpdir(), "pulse-setup-url-"));
  await writeFile(join(dataDir, "admin-key"), `${gateway().key}\n`);
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const file = () => join(dataDir, "setup-url");
const offer = (env: Record<string, string> = {}) =>
  offerSetUp(
    { url: "http://localhost:8787", dataDir, ports: gateway().parts.ports },
    readGatewayConfig(env),
    stderrLog((line) => {
      logged += line;
    }),
  );

test("who starts a gateway without people is told the URL, which the file holds for its owner alone", async () => {
  const said = await offer({ PULSE_PUBLIC_URL: "https://pulse.example.test" });
  const url = (await readFile(file(), "utf8")).trim();
  expect(url).toMatch(/^https:\/\/pulse\.example\.test\/setup#t=\w{43}$/);
  expect(said).toContain(url);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  await offer();
  expect((await readFile(file(), "utf8")).trim()).toMatch(/^http:\/\/localhost:8787\/setup#t=/);
});

test("where lines are collected as JSON the file is named, and the token said nowhere", async () => {
  const said = await offer({ PULSE_LOG: "json" });
  const [, token = ""] = (await readFile(file(), "utf8")).trim().split("#t=");
  expect(token).toHaveLength(43);
  expect(said).toContain(file());
  expect(`${said}${logged}`).not.toContain(token);
});

const provider = {
  PULSE_OIDC_ISSUER: "https://id.example.test",
  PULSE_OIDC_CLIENT_ID: "pulse",
  PULSE_OIDC_CLIENT_SECRET: "not-a-secret-of-anybody",
};
const proxy = { PULSE_TRUSTED_PROXIES: "192.0.2.7", PULSE_PROXY_SECRET: "not-a-secret-of-anybody" };

test.each([
  ["an identity provider", provider],
  ["a proxy", proxy],
  ["an operator who wants none", { PULSE_SETUP_URL: "off" }],
])("with %s there is no URL, and none of before", async (_, env: Record<string, string>) => {
  await offer();
  expect(existsSync(file())).toBe(true);
  expect(await offer(env)).toBe(null);
  expect(existsSync(file())).toBe(false);
  expect(logged).toBe("");
});

test("with people there is no URL, and none of before", async () => {
  await offer();
  await addPerson(gateway(), "ana");
  expect(await offer()).toBe(null);
  expect(existsSync(file())).toBe(false);
});

test("a key that is not known here stops no start", async () => {
  await writeFile(join(dataDir, "admin-key"), "pk_of_another_gateway\n");
  expect(await offer()).toBe(null);
  expect(logged).toContain("the key is not known here");
  expect(logged).not.toContain("pk_of_another_gateway");
});
