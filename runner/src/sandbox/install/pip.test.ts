import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Workshop } from "../../work.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { findPython } from "../workshop.ts";
import { Builds, workshopOf } from "./builds.suite.ts";
import { type Registry, startRegistry } from "./registry.suite.ts";
import { sha256, wheel, zip } from "./zip.suite.ts";

const docker = await engineAnswers(dockerClient());
if (!docker && process.env.PULSE_E2E_DOCKER === "required")
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
if (!docker) process.stderr.write("no Docker engine answers: installs in containers are not tested\n");

const main = "import greeting\n\ndef main():\n    return [greeting.words()]\n";
const greeting = (words: string, requires: string[] = []) =>
  wheel(
    "greeting",
    "1.0.0",
    { "greeting.py": `def words():\n    return ${JSON.stringify(words)}\n` },
    requires,
  );
const file = "greeting-1.0.0-py3-none-any.whl";
const names = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT"];

describe.each(["process", "docker"] as const)("Python dependencies, %s sandbox", (kind) => {
  const runs = kind === "docker" ? docker : findPython() !== null;
  let folder: string;
  let workshop: Workshop;
  let registry: Registry;
  let builds: Builds;
  const before = names.map((name) => [name, process.env[name]] as const);
  beforeAll(async () => {
    if (!runs) return;
    folder = mkdtempSync(join(tmpdir(), "pulse-pip-"));
    workshop = await workshopOf(kind, folder, { ms: 60_000 });
  }, 90_000);
  afterAll(async () => {
    await workshop?.stop();
    if (runs) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    registry = await startRegistry();
    for (const name of names) delete process.env[name];
    process.env.PIP_INDEX_URL = `${registry.url}simple/`;
    builds = new Builds(workshop, folder);
  });
  afterEach(() => {
    registry.close();
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });
  const it = test.skipIf(!runs);
  const answerOf = async (files: Record<string, string | Buffer>) => {
    const { end, link, version } = await builds.build(files);
    expect(end, link.text).toMatchObject({ status: "succeeded", built: { deps: link.uploads[0] } });
    return { answer: await builds.call(version, link.uploads[0] ?? ""), link };
  };
  const failureOf = async (files: Record<string, string | Buffer>) => {
    const { end, link } = await builds.build(files);
    expect(end, link.text).toMatchObject({ status: "failed", reason: "build_failed" });
    expect(link.uploads).toEqual([]);
    return { ...end.error, log: link.text };
  };

  it("of requirements.txt come from a wheel of the bundle, without any index", async () => {
    const { answer, link } = await answerOf({
      "main.py": main,
      "requirements.txt": "--no-index\n--find-links ./wheels\ngreeting==1.0.0\n",
      [`wheels/${file}`]: greeting("of the bundle"),
    });
    expect(answer).toEqual(["of the bundle"]);
    expect(registry.asked).toEqual([]);
    const files = await builds.filesOf(link.uploads[0] ?? "");
    expect(files.get(".deps/pulse-lock.txt")).toContain("greeting==1.0.0");
  }, 60_000);

  it("of requirements.txt come from the operator's index, with what they require", async () => {
    registry.python(file, greeting("hello", ["polite>=1"]));
    registry.python(
      "polite-1.1-py3-none-any.whl",
      wheel("polite", "1.1", { "polite.py": "please = 'please'\n" }),
    );
    const { answer, link } = await answerOf({
      "main.py": "import greeting, polite\n\ndef main():\n    return [greeting.words(), polite.please]\n",
      "requirements.txt": "-r more/inner.txt\n",
      "more/inner.txt": "# with a comment\ngreeting \\\n  == 1.0.0\n",
    });
    expect(answer).toEqual(["hello", "please"]);
    const lock = (await builds.filesOf(link.uploads[0] ?? "")).get(".deps/pulse-lock.txt");
    expect(lock).toContain(`greeting==1.0.0 --hash=sha256:${sha256(greeting("hello", ["polite>=1"]))}\n`);
  }, 60_000);

  it("of a script's own header are installed (PEP 723)", async () => {
    registry.python(file, greeting("of the header"));
    const header =
      '# /// script\n# requires-python = ">=3.11"\n# dependencies = [\n#   "greeting<2",\n# ]\n# ///\n';
    expect((await answerOf({ "main.py": header + main })).answer).toEqual(["of the header"]);
  }, 60_000);

  it("of pyproject.toml are installed without a lock", async () => {
    registry.python(file, greeting("of the project"));
    const project = '[project]\nname = "mine"\nversion = "1"\ndependencies = ["greeting"]\n';
    expect((await answerOf({ "main.py": main, "pyproject.toml": project })).answer).toEqual([
      "of the project",
    ]);
  }, 60_000);

  const uvLock = (pin: string) =>
    [
      'version = 1\nrequires-python = ">=3.11"\n',
      '[[package]]\nname = "mine"\nversion = "1"\nsource = { virtual = "." }',
      'dependencies = [\n    { name = "greeting" },\n    { name = "winonly", marker = "sys_platform == \'win32\'" },\n]\n',
      `[[package]]\nname = "greeting"\nversion = "1.0.0"\nsource = { registry = "https://pypi.org/simple" }`,
      `wheels = [\n    { url = "https://files.pythonhosted.org/${file}", hash = "sha256:${pin}", size = 1 },\n]\n`,
      '[[package]]\nname = "winonly"\nversion = "1.0.0"\nsource = { registry = "https://pypi.org/simple" }\n',
    ].join("\n");
  const project =
    '[project]\nname = "mine"\nversion = "1"\ndependencies = ["greeting", "winonly; sys_platform == \'win32\'"]\n';

  it("of uv.lock are installed with their hashes, those of other platforms left out", async () => {
    const bytes = greeting("locked");
    registry.python(file, bytes);
    registry.python("greeting-2.0.0-py3-none-any.whl", wheel("greeting", "2.0.0", { "greeting.py": "" }));
    const { answer } = await answerOf({
      "main.py": main,
      "pyproject.toml": project,
      "uv.lock": uvLock(sha256(bytes)),
    });
    expect(answer).toEqual(["locked"]);
  }, 60_000);

  it("with another content than uv.lock holds fail the build", async () => {
    registry.python(file, greeting("tampered"));
    const files = { "main.py": main, "pyproject.toml": project, "uv.lock": uvLock("0".repeat(64)) };
    expect(await failureOf(files)).toMatchObject({
      message: "what the index sent for greeting is not what the lock holds: a hash differs",
      file: "uv.lock",
    });
  }, 60_000);

  it("that do not exist fail the build with the line that asks for them", async () => {
    const files = { "main.py": main, "requirements.txt": "# ours\nmissing-one==2.0\n" };
    expect(await failureOf(files)).toMatchObject({
      message: expect.stringContaining("no wheel of missing-one==2.0 for this Python is in the index"),
      file: "requirements.txt",
      line: 2,
    });
  }, 60_000);

  it("that exist as source alone are refused, and nothing of them runs", async () => {
    const script = "import os\nopen('/tmp/pulse-setup-ran', 'w')\nos._exit(0)\n";
    registry.python("greeting-1.0.0.zip", zip({ "greeting-1.0.0/setup.py": script }));
    registry.python("greeting-1.0.0.tar.gz", gzipSync(Buffer.alloc(1024)));
    const files = { "main.py": main, "requirements.txt": "greeting==1.0.0\n" };
    const { message } = await failureOf(files);
    expect(message).toContain("packages that must be built from source are not installed");
    expect(registry.asked.filter(({ path }) => path.startsWith("/files/"))).toEqual([]);
  }, 60_000);

  it.each([
    ["an address", "greeting @ https://example.test/greeting.zip", "from an index"],
    ["git", "git+https://example.test/greeting.git", "from an index"],
    ["a folder", "./greeting", "only wheels"],
    ["an editable folder", "-e ./greeting", "only wheels"],
    ["a source archive", "greeting.tar.gz", "only wheels"],
    ["an option that allows source", "--no-binary :all:", "only wheels"],
    ["a file outside", "-r ../outside.txt", "leaves the bundle"],
  ])("from %s are refused with their line", async (_name, line, says) => {
    const files = { "main.py": main, "requirements.txt": `# first\n${line}\n` };
    const failure = await failureOf(files);
    expect(failure).toMatchObject({
      file: "requirements.txt",
      line: 2,
      message: expect.stringContaining(says),
    });
    expect(registry.asked).toEqual([]);
  });

  it("with a path that climbs out of a wheel are refused", async () => {
    const evil = wheel("greeting", "1.0.0", { "greeting.py": "", "../../../evil.py": "print('evil')\n" });
    registry.python(file, evil);
    const failure = await failureOf({ "main.py": main, "requirements.txt": "greeting\n" });
    expect(failure.message).toMatch(/outside the target directory/);
  }, 60_000);

  it("of an index with a password show it nowhere", async () => {
    const password = "password-of-the-index";
    registry.python(file, greeting("closed"));
    registry.require = `Basic ${Buffer.from(`reader:${password}`).toString("base64")}`;
    process.env.PIP_INDEX_URL = `${registry.url.replace("//", `//reader:${password}@`)}simple/`;
    const { answer, link } = await answerOf({ "main.py": main, "requirements.txt": "greeting\n" });
    expect(answer).toEqual(["closed"]);
    const failure = await failureOf({ "main.py": main, "requirements.txt": "greeting\nnot-there\n" });
    const files = await builds.filesOf(link.uploads[0] ?? "");
    const everything = [link.text, JSON.stringify(failure), ...files.values()].join("\n");
    expect(everything).not.toContain(password);
  }, 60_000);

  it("are not what modules of the bundle with the installer's names do", async () => {
    registry.python(file, greeting("well"));
    const evil = "import os\nos._exit(0)\n";
    const files = {
      "main.py": main,
      "requirements.txt": "greeting\n",
      "pip/__main__.py": evil,
      "tomllib.py": evil,
    };
    expect((await answerOf(files)).answer).toEqual(["well"]);
  }, 60_000);
});
