import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Workshop } from "../../work.ts";
import { customVersion, customWorkshop, makeImage } from "../custom/custom.suite.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { RegistryServer, type SavedImage, saveImage } from "./registry-server.suite.ts";

const docker = dockerClient();
const runs = await engineAnswers(docker);
if (!runs) process.stderr.write("no Docker engine answers: the tests of registries are skipped\n");

const password = ["a", "word", "for", "tests"].join("-");
const command = (word: string) => ["python3", "-c", `print("${word}")`];
const settings = { protocol: "exec" as const, egress: "none" as const };

describe.skipIf(!runs)("images of a private registry", () => {
  let folder: string;
  let registry: RegistryServer;
  let app: string;
  const images: SavedImage[] = [];
  const workshops: Workshop[] = [];
  /** What the runner said. */
  const said: string[] = [];
  const credentials = (word: string) => {
    const file = join(folder, "auth.json");
    const auth = Buffer.from(`ana:${word}`).toString("base64");
    writeFileSync(file, JSON.stringify({ auths: { [registry.host]: { auth } } }), { mode: 0o600 });
    return file;
  };
  const workshopWith = async (allowed = "", word = password) => {
    const made = await customWorkshop(folder, { allowed, authFile: credentials(word) }, (line) =>
      said.push(line),
    );
    workshops.push(made.workshop);
    return made;
  };
  const forget = async (name: string) => {
    const found = await docker.listImages({ filters: { reference: [name] }, digests: true });
    for (const { Id } of found) await docker.getImage(Id).remove({ force: true });
  };

  beforeAll(async () => {
    for (const word of ["first", "second"]) {
      const name = await makeImage(`pulse-test-registry:${word}`, [
        `ENTRYPOINT ${JSON.stringify(command(word))}`,
        `RUN head -c 3000000 /dev/urandom > /tmp/${word}`,
      ]);
      images.push(await saveImage(docker, name));
      await docker.getImage(name).remove({ force: true });
    }
  }, 120_000);
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-registry-"));
    registry = await RegistryServer.start(`ana:${password}`);
    app = `${registry.host}/team/app`;
    said.length = 0;
  });
  afterEach(async () => {
    for (const workshop of workshops.splice(0)) await workshop.stop();
    await registry.stop();
    await forget(app);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
  const push = (at: 0 | 1, name: string) => {
    const image = images[at];
    if (image === undefined) throw new Error("nothing was saved");
    return registry.push(image, name);
  };

  test("a build pulls with this machine's credentials and pins the digest, which a moved tag does not change", async () => {
    const { workshop } = await workshopWith();
    const first = push(0, "team/app:1");
    const version = await customVersion(workshop, folder, { ...settings, image: `${app}:1` });
    expect(version.pinned).toBe(`${app}@${first}`);
    expect(version.buildLog).toContain(`pulling image ${app}:1`);
    const second = push(1, "team/app:1");
    expect(await version.call().text).toBe("first\n");
    const redeployed = await customVersion(workshop, folder, { ...settings, image: `${app}:1` });
    expect(redeployed.pinned).toBe(`${app}@${second}`);
    expect(await redeployed.call().text).toBe("second\n");
    expect(await version.call().text).toBe("first\n");
  });

  test("another runner pulls what was pinned, once for all calls that need it, and says so", async () => {
    const { workshop } = await workshopWith();
    push(0, "team/app:1");
    const version = await customVersion(workshop, folder, { ...settings, image: `${app}:1` });
    await workshop.stop();
    await forget(app);
    const { workshop: other } = await workshopWith();
    const gate = Promise.withResolvers<void>();
    registry.gate = gate.promise;
    registry.asked.length = 0;
    const preparing: (string | null)[] = [];
    const isPulling = new Promise<void>((resolve) => {
      other.onChange(() => {
        preparing.push(other.preparing());
        if (preparing.at(-1)?.startsWith("pulling")) resolve();
      });
    });
    const calls = [1, 2, 3].map(() => version.call({}, other));
    await isPulling;
    gate.resolve();
    expect(await Promise.all(calls.map(({ text }) => text))).toEqual(["first\n", "first\n", "first\n"]);
    // An engine may still know the manifest; the layers it must ask for, and nothing twice.
    const asked = registry.asked.filter((one) => one.startsWith("GET /v2/team/app/"));
    expect(asked.filter((one) => one.includes("/blobs/"))).not.toEqual([]);
    expect(asked).toEqual([...new Set(asked)]);
    expect(calls[0]?.link.text).toContain(`pulling image ${app}@sha256:`);
    expect(other.preparing()).toBeNull();
  });

  test.each([0, 1])(
    "a runner that is to have it ahead of calls (%i sandboxes) pulls it and says how far it is, and no call waits for that",
    async (count) => {
      const { workshop } = await workshopWith();
      const digest = push(0, "team/app:1");
      const version = await customVersion(workshop, folder, {
        ...settings,
        image: `${app}:1`,
        protocol: "exec",
      });
      await workshop.stop();
      await forget(app);
      const { workshop: other } = await workshopWith();
      said.length = 0;
      version.order(count, other);
      const words = count === 0 ? "tested version 3 was fetched ahead of calls" : "tested is kept warm: 1";
      await vi.waitFor(() => expect(said).toContain(words), 60_000);
      expect(said[0]).toBe(`pulling image ${app}@${digest}`);
      registry.asked.length = 0;
      // The same again is nothing to do.
      version.order(count, other);
      const { link, text } = version.call({}, other);
      expect(await text).toBe("first\n");
      expect(link.text).not.toContain("pulling");
      expect(registry.asked).toEqual([]);
      expect(said.filter((one) => one === words)).toHaveLength(1);
    },
    120_000,
  );

  test("wrong credentials fail the build and are in nothing that is said", async () => {
    const wrong = `wrong-${password}`;
    const { workshop } = await workshopWith("", wrong);
    push(0, "team/app:1");
    const { built, buildLog } = await customVersion(workshop, folder, { ...settings, image: `${app}:1` });
    expect(built).toMatchObject({ status: "failed", reason: "build_failed", permanent: true });
    expect(built.error?.message).toContain(`the image ${app}:1 could not be pulled`);
    const encoded = Buffer.from(`ana:${wrong}`).toString("base64");
    for (const text of [JSON.stringify(built), buildLog, said.join("\n")]) {
      expect(text).not.toContain(wrong);
      expect(text).not.toContain(encoded);
    }
  });

  test("credentials are in no container", async () => {
    const { workshop, runner } = await workshopWith();
    push(0, "team/app:1");
    const version = await customVersion(workshop, folder, {
      ...settings,
      image: `${app}:1`,
      command: ["python3", "-c", "import time; time.sleep(20)"],
    });
    const { stop, ended } = version.call();
    let inspected = "";
    while (!inspected.includes("time.sleep(20)")) {
      const found = await docker.listContainers({ filters: { label: [`pulse.runner=${runner}`] } });
      const all = await Promise.all(
        found.map(({ Id }) =>
          docker
            .getContainer(Id)
            .inspect()
            .catch(() => null),
        ),
      );
      inspected = JSON.stringify(all);
    }
    expect(inspected).not.toContain(password);
    expect(inspected).not.toContain(Buffer.from(`ana:${password}`).toString("base64"));
    stop.abort("cancelled");
    await ended;
  });

  test("a name that is not there fails the build in words", async () => {
    const { workshop } = await workshopWith();
    const { built } = await customVersion(workshop, folder, { ...settings, image: `${app}:none` });
    expect(built.error?.message).toMatch(/could not be pulled: .*(unknown|not found)/);
  });

  test("a registry that dies in the middle of a layer is asked again; one that stays away fails the calls that need it", async () => {
    const { workshop } = await workshopWith();
    push(0, "team/app:1");
    const whole = await customVersion(workshop, folder, { ...settings, image: `${app}:1` });
    await workshop.stop();
    await forget(app);
    const { workshop: other } = await workshopWith();
    registry.breakAfter = 100_000;
    expect(await whole.call({}, other).text).toBe("first\n");
    expect(registry.asked.filter((one) => one.startsWith("GET /v2/team/app/blobs/")).length).toBeGreaterThan(
      2,
    );
    await other.stop();
    await forget(app);
    await registry.stop();
    const { workshop: third } = await workshopWith();
    const { status, reason, error } = await whole.call({}, third).ended;
    expect({ status, reason }).toEqual({ status: "failed", reason: "infrastructure" });
    expect(error?.message).toContain("could not be pulled");
  }, 120_000);

  test("what the operator does not allow is refused, with the setting that says so", async () => {
    const { workshop } = await workshopWith(`${registry.host}/other/*`);
    push(0, "team/app:1");
    const { built } = await customVersion(workshop, folder, { ...settings, image: `${app}:1` });
    expect(built).toMatchObject({ status: "failed", reason: "refused_by_runner", permanent: true });
    expect(built.error?.message).toBe(`this runner's PULSE_IMAGES does not allow the image ${app}:1`);
    expect(registry.asked).toEqual([]);
  });

  test("an image that another machine built and never pushed is not here", async () => {
    const { workshop } = await workshopWith();
    const version = await customVersion(workshop, folder, {
      ...settings,
      image: await makeImage("pulse-test-local:1", [`ENTRYPOINT ${JSON.stringify(command("local"))}`]),
    });
    const elsewhere = await version.call({ pinned: `sha256:${"0".repeat(64)}` }).ended;
    expect(elsewhere).toMatchObject({ status: "failed", reason: "refused_by_runner" });
    expect(elsewhere.error?.message).toContain("never pushed to a registry");
  });
});
