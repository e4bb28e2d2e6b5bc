import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { customVersion, customWorkshop, makeImage } from "../custom/custom.suite.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { provideImages } from "./provide-images.ts";
import { RegistryAuths } from "./registry-auth.ts";
import { type Asking, RegistryServer, type SavedImage, saveImage } from "./registry-server.suite.ts";
import { Images } from "./runtime-images.ts";

const docker = dockerClient();
const runs = await engineAnswers(docker);
if (!runs)
  process.stderr.write("no Docker engine answers: the tests of registries with tokens are skipped\n");

const password = ["a", "word", "of", "a", "helper"].join("-");
const basic = (word: string) => Buffer.from(`ana:${word}`).toString("base64");

describe.skipIf(!runs)("images of a registry", () => {
  let folder: string;
  let registry: RegistryServer;
  let image: SavedImage;
  const path = process.env.PATH;
  beforeAll(async () => {
    const name = await makeImage("pulse-test-tokens:1", [
      `ENTRYPOINT ${JSON.stringify(["python3", "-c", 'print("pulled")'])}`,
    ]);
    image = await saveImage(docker, name);
    await docker.getImage(name).remove({ force: true });
  }, 120_000);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulse-tokens-"));
    process.env.PATH = `${folder}:${path}`;
    process.env.PULSE_TEST_WORD = "not for helpers";
  });
  afterEach(async () => {
    process.env.PATH = path;
    const reference = [`${registry.host}/team/app`];
    for (const { Id } of await docker.listImages({ filters: { reference } }))
      await docker.getImage(Id).remove({ force: true });
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
  afterAll(() => {
    process.env.PATH = path;
    delete process.env.PULSE_TEST_WORD;
  });

  /** A credential helper on PATH that knows this one registry, or nothing, or breaks; it writes down what it is asked, and what it sees of Pulse's own settings. */
  function helper(name: string, knows: { Username: string; Secret: string } | "nothing" | "breaks") {
    const file = join(folder, `docker-credential-${name}`);
    const answers = {
      nothing: ["echo credentials not found in native keychain", "exit 1"],
      breaks: [`echo ${password}`, `echo ${password} >&2`, "exit 3"],
    };
    const answer =
      typeof knows === "string"
        ? answers[knows]
        : [`echo '${JSON.stringify({ ServerURL: registry.host, ...knows })}'`];
    const lines = [
      "#!/bin/sh",
      "read -r server",
      `echo "$1 $server $PULSE_TEST_WORD" >> ${folder}/asked`,
      ...answer,
    ];
    writeFileSync(file, `${lines.join("\n")}\n`);
    chmodSync(file, 0o755);
    return name;
  }

  /** Builds a version on the image with the credentials of a file, in a runner of its own; what it answers, and what of the runner's words. */
  async function pulled(file: object) {
    const authFile = join(folder, "auth.json");
    writeFileSync(authFile, JSON.stringify(file), { mode: 0o600 });
    registry.push(image, "team/app:1");
    const said: string[] = [];
    const { workshop } = await customWorkshop(folder, { allowed: "", authFile }, (line) => said.push(line));
    try {
      const settings = { protocol: "exec" as const, egress: "none" as const };
      const version = await customVersion(workshop, folder, {
        ...settings,
        image: `${registry.host}/team/app:1`,
      });
      const { built, buildLog } = version;
      if (built.status !== "succeeded")
        return { error: built.error?.message ?? "", words: said.join() + buildLog };
      return { answer: await version.call().text };
    } finally {
      await workshop.stop();
    }
  }
  const registryOf = async (asking: Asking) => {
    registry = await RegistryServer.start(`ana:${password}`, asking);
  };

  test("that sends to a realm for tokens are pulled with name and password", async () => {
    await registryOf("token");
    expect(await pulled({ auths: { [registry.host]: { auth: basic(password) } } })).toEqual({
      answer: "pulled\n",
    });
    expect(registry.asked).toContain("GET /token");
  }, 60_000);

  test("that sends to a realm are pulled with an identity token", async () => {
    await registryOf("token");
    const { identityToken: identitytoken } = registry;
    expect(await pulled({ auths: { [registry.host]: { identitytoken } } })).toEqual({ answer: "pulled\n" });
    expect(registry.asked).toContain("POST /token");
  }, 60_000);

  test("are pulled for the runtimes themselves too, ahead and when the runner starts", async () => {
    await registryOf("token");
    registry.push(image, "team/app:1");
    const name = `${registry.host}/team/app:1`;
    const authFile = join(folder, "auth.json");
    writeFileSync(authFile, JSON.stringify({ auths: { [registry.host]: { auth: basic(password) } } }), {
      mode: 0o600,
    });
    const auths = new RegistryAuths(authFile);
    const named = { typescript: name, python: name };
    const images = new Images(docker, named, auths, () => undefined);
    await images.prepare();
    expect(images.ready().sort()).toEqual(["python", "typescript"]);
    const hear = () => undefined;
    const ahead = { ...{ docker, named, auths, hear }, ...{ how: "pull" as const, base: null } };
    const states = await provideImages({ ...ahead, runtimes: ["python"] });
    expect(states).toMatchObject([{ image: name, isReady: true, error: null }]);
    const nobody = new RegistryAuths(null, folder);
    const [refused] = await provideImages({ ...ahead, auths: nobody, runtimes: ["python"] });
    expect(refused?.error).toMatch(/unauthorized|denied|authentication/i);
  }, 60_000);

  test("whose realm does not know the name fail the build without the password", async () => {
    await registryOf("token");
    const { error, words } = await pulled({ auths: { [registry.host]: { auth: basic(`not-${password}`) } } });
    expect(error).toMatch(/could not be pulled: .*(unauthorized|denied|incorrect)/i);
    for (const text of [error, words]) expect(text).not.toContain(password);
  }, 60_000);

  test.each<[string, Asking]>([
    ["basic authentication", "basic"],
    ["tokens", "token"],
  ])(
    "with %s are pulled with what the registry's credential helper says",
    async (_words, asking) => {
      await registryOf(asking);
      const name = helper("pulse-own", { Username: "ana", Secret: password });
      helper("pulse-other", "breaks");
      const file = { credsStore: "pulse-other", credHelpers: { [registry.host]: name } };
      expect(await pulled(file)).toEqual({ answer: "pulled\n" });
      const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
      expect([...new Set(asked)]).toEqual([`get ${registry.host}`]);
    },
    60_000,
  );

  test("are pulled with the token that the store of credentials holds", async () => {
    await registryOf("token");
    const credsStore = helper("pulse-store", { Username: "<token>", Secret: registry.identityToken });
    expect(await pulled({ auths: { [registry.host]: {} }, credsStore })).toEqual({ answer: "pulled\n" });
    expect(registry.asked).toContain("POST /token");
  }, 60_000);

  test("that the store knows nothing of are pulled with what the file holds", async () => {
    await registryOf("basic");
    const credsStore = helper("pulse-store", "nothing");
    const auths = { [registry.host]: { auth: basic(password) } };
    expect(await pulled({ auths, credsStore })).toEqual({ answer: "pulled\n" });
  }, 60_000);

  test.each([
    ["fails", "pulse-own", /docker-credential-pulse-own failed for .*: exit code 3/],
    ["is not on this machine", "pulse-none", /docker-credential-pulse-none does not start: ENOENT/],
    ["is no name", "../pulse-own", /no name of a credential helper/],
  ])(
    "whose helper %s fail the build, without a word of what it said",
    async (_words, name, why) => {
      await registryOf("basic");
      helper("pulse-own", "breaks");
      const { error, words } = await pulled({ credHelpers: { [registry.host]: name } });
      expect(error).toMatch(why);
      for (const text of [error, words]) expect(text).not.toContain(password);
      expect(registry.asked).toEqual([]);
    },
    60_000,
  );
});
