import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { makeImage } from "../custom/custom.suite.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { provideImages } from "./provide-images.ts";
import { RegistryAuths } from "./registry-auth.ts";

const docker = dockerClient();
const runs = await engineAnswers(docker);
if (!runs) process.stderr.write("no Docker engine answers: the tests of images are skipped\n");

describe.skipIf(!runs)("the images of runtimes", () => {
  const tag = randomBytes(4).toString("hex");
  const named = { typescript: `pulse-none:${tag}`, python: `pulse-made:${tag}` };
  const base = `pulse-base:${tag}`;
  const heard: string[] = [];
  const asked = {
    ...{ docker, named, auths: new RegistryAuths(null, "/nowhere"), how: null, base: null },
    hear: (_: string, text: string) => void heard.push(text),
  };
  afterAll(async () => {
    for (const name of [named.python, base]) await docker.getImage(name).remove({ force: true });
  });

  test("one that is not there is shown as missing", async () => {
    expect(await provideImages({ ...asked, runtimes: ["typescript"] })).toEqual([
      {
        ...{ runtime: "typescript", image: named.typescript, digest: null, bytes: null },
        ...{ createdAt: null, isReady: false, error: null },
      },
    ]);
  });

  test("the Dockerfile of a runtime builds on a base that no registry knows, and says each step", async () => {
    await makeImage(base, ["ENV MADE=offline"]);
    const [state] = await provideImages({ ...asked, how: "build", base, runtimes: ["python"] });
    expect(state).toMatchObject({ runtime: "python", image: named.python, isReady: true, error: null });
    expect(state?.digest).toMatch(/^sha256:/);
    expect(heard.join("\n")).toContain("ENTRYPOINT");
    const { Config } = await docker.getImage(named.python).inspect();
    expect(Config.Env).toContain("MADE=offline");
    expect(Config.User).toBe("65532:65532");
  });

  test("what cannot be pulled says why, and what was there stays", async () => {
    const gone = { ...named, python: "127.0.0.1:9/none:1" };
    const [state] = await provideImages({ ...asked, named: gone, how: "pull", runtimes: ["python"] });
    expect(state).toMatchObject({ isReady: false, error: expect.stringContaining("127.0.0.1:9") });
  });
});
