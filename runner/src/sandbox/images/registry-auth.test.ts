import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RegistryAuths } from "./registry-auth.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-auth-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const word = (text: string) => Buffer.from(text).toString("base64");
function written(content: unknown, mode = 0o600): string {
  const file = join(folder, "auth.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode });
  return file;
}

test("credentials are those of the image's registry, and of no other", async () => {
  const auths = new RegistryAuths(
    written({
      auths: {
        "registry.example.test": { auth: word("ana:with:colons") },
        "index.docker.io/v1/": { username: "hub", password: "own" },
      },
    }),
  );
  expect(await auths.of("registry.example.test/app:1")).toEqual({
    serveraddress: "registry.example.test",
    username: "ana",
    password: "with:colons",
  });
  expect(await auths.of("alpine")).toMatchObject({ username: "hub", password: "own" });
  expect(await auths.of("registry.example.test:5000/app")).toBeUndefined();
});

test("they are read anew for each pull", async () => {
  const auths = new RegistryAuths(written({ auths: {} }));
  expect(await auths.of("registry.example.test/app")).toBeUndefined();
  written({ auths: { "registry.example.test": { auth: word("ana:new") } } });
  expect(await auths.of("registry.example.test/app")).toMatchObject({ password: "new" });
});

test("a file that others may read is refused, with what to do", () => {
  const file = written({ auths: {} }, 0o644);
  expect(() => new RegistryAuths(file)).toThrow(`(mode 644); chmod 600 ${file}`);
});

test("a file that is not there, or is no JSON, is refused without a word of it", () => {
  expect(() => new RegistryAuths(join(folder, "none.json"))).toThrow("there is no file");
  expect(() => new RegistryAuths(written("{ secret-word"))).toThrow(/^((?!secret).)*$/);
});

test("without a file of its own, what docker login has left counts, also when that is nothing", async () => {
  expect(await new RegistryAuths(null, folder).of("registry.example.test/app")).toBeUndefined();
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ auths: { "registry.example.test": { identitytoken: "t" } } }),
  );
  expect(await new RegistryAuths(null, folder).of("registry.example.test/app")).toEqual({
    serveraddress: "registry.example.test",
    identitytoken: "t",
  });
});

test("a store that docker's own file names, and that is not here, leaves public images to be had; one of a named file does not", async () => {
  const content = { credsStore: "pulse-none" };
  writeFileSync(join(folder, "config.json"), JSON.stringify(content));
  expect(await new RegistryAuths(null, folder).of("alpine")).toBeUndefined();
  await expect(new RegistryAuths(written(content)).of("alpine")).rejects.toThrow("does not start");
});
