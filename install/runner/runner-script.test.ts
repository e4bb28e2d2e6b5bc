import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const platform = `linux-${process.arch}`;
let folder = "";
let files = new Map<string, Buffer>();
let gateway = "";
let close: () => void = () => undefined;

/** An archive whose runner only writes down how it was started, and ends with the code in `ends`. */
function packed(says: string): Buffer {
  const place = mkdtempSync(join(folder, "tree-"));
  for (const name of ["app", "install"]) mkdirSync(join(place, name));
  const program = `import { appendFileSync, existsSync, rmSync } from "node:fs";
const { PULSE_INSTALL_DIR: dir, HOME } = process.env;
appendFileSync(HOME + "/started", "${says} " + (process.argv[2] ?? "run") + " " + JSON.stringify(process.env.PULSE_ENROLMENT_TOKEN ?? null) + "\\n");
if ("${says}" === "broken" && process.argv[2] === undefined) process.exit(70);
if ("${says}" === "hanging" && process.argv[2] === undefined) await new Promise(() => setInterval(() => undefined, 1000));
if (dir !== undefined && existsSync(dir + "/trial")) for (const one of ["trial", "trial.begun"]) rmSync(dir + "/" + one, { force: true });
`;
  writeFileSync(join(place, "app/runner.js"), program);
  writeFileSync(join(place, "app/package.json"), '{"type":"module"}');
  writeFileSync(join(place, "bundle.json"), `{"version":"${says}"}\n`);
  for (const name of ["pulse-runner", "runner.sh"]) {
    writeFileSync(join(place, "install", name), readFileSync(join(here, name)));
    chmodSync(join(place, "install", name), 0o755);
  }
  for (const unit of ["pulse-runner", "pulse-engine-proxy"])
    writeFileSync(join(place, "install", `${unit}.service`), "[Service]\n");
  return spawnSync("tar", ["-czf", "-", "-C", place, "."]).stdout;
}

function serve(
  archive: Buffer,
  sha256 = createHash("sha256").update(archive).digest("hex"),
  least = "18.0.0",
) {
  files = new Map([
    ["/install/manifest.txt", Buffer.from(`node ${least}\nversion 9.9.9\n${sha256} ${platform} r.tar.gz\n`)],
    ["/install/r.tar.gz", archive],
    ["/install/runner.sh", readFileSync(join(here, "runner.sh"))],
  ]);
  return sha256;
}

/** Runs the script as the dialog's line does: from standard input. */
function install(
  args: string[],
  env: Record<string, string> = {},
  script = readFileSync(join(here, "runner.sh"), "utf8"),
): Promise<{ code: number | null; said: string }> {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  const given = {
    HOME: folder,
    PATH: path,
    PULSE_GATEWAY: gateway,
    PULSE_ENROLMENT_TOKEN: "pt_once",
    ...env,
  };
  return new Promise((resolve) => {
    const child = spawn("sh", ["-s", "--", ...args], { env: given, cwd: folder });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
    child.once("exit", (code) => resolve({ code, said }));
    child.stdin.end(script);
  });
}

/** A folder of programs that stand before the machine's own on the path: a name and what its shell does. */
function programs(these: Record<string, string>): string {
  const place = mkdtempSync(join(folder, "bin-"));
  for (const [name, does] of Object.entries(these)) {
    writeFileSync(join(place, name), `#!/bin/sh\n${does}\n`);
    chmodSync(join(place, name), 0o755);
  }
  return `${place}:${dirname(process.execPath)}:${process.env.PATH}`;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-script-"));
  const server = createServer((request, response) => {
    const found = files.get(request.url ?? "");
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A server on a port has one.
  close = () => server.close();
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

const shells = ["dash", "bash", "sh"].filter((one) => spawnSync(one, ["-c", ":"]).status === 0);
test.each(shells)("%s understands the scripts", (shell) => {
  for (const name of ["runner.sh", "pulse-runner"])
    expect(spawnSync(shell, ["-n", join(here, name)], { encoding: "utf8" }).stderr).toBe("");
});

const hasShellcheck = spawnSync("shellcheck", ["--version"]).error === undefined;
test.skipIf(!hasShellcheck)("shellcheck has nothing to say", () => {
  const paths = ["runner.sh", "pulse-runner"].map((name) => join(here, name));
  const said = spawnSync("shellcheck", ["--severity=warning", "--exclude=SC1091", ...paths], {
    encoding: "utf8",
  });
  expect([said.status, said.stdout]).toEqual([0, ""]);
});

test("it installs, enrols with the token, keeps the settings and not the token, and starts", async () => {
  const sha256 = serve(packed("one"));
  const { code, said } = await install([], { PULSE_SLOTS: "3", PULSE_KEY: "pk_of_the_cli" });
  expect(said).toContain(`installed in ${folder}/.pulse-runner`);
  expect(code).toBe(0);
  expect(readFileSync(join(folder, "started"), "utf8")).toBe('one enrol "pt_once"\none run null\n');
  const base = join(folder, ".pulse-runner");
  expect(basename(readlinkSync(join(base, "current")))).toBe(sha256);
  const kept = readFileSync(join(base, "runner.env"), "utf8");
  expect(kept).toContain("PULSE_SLOTS='3'\n");
  expect(kept).not.toMatch(/pt_once|pk_of_the_cli/);
});

test("settings that cannot be kept, and folders that cannot be named, are told before the token is used", async () => {
  serve(packed("one"));
  const { code, said } = await install([], { PULSE_IMAGES: "it's" });
  expect([code, said]).toEqual([1, expect.stringContaining("PULSE_IMAGES must be one line without quotes")]);
  const quoted = await install(["--dir", `${folder}/o'neil`]);
  expect([quoted.code, quoted.said]).toEqual([1, expect.stringContaining("a folder with a quote")]);
  expect(existsSync(join(folder, "started"))).toBe(false);
});

test("root gets the settings as they are and the token as a file, and no word of the command tells them", async () => {
  serve(packed("one"));
  const asRoot = `printf '%s|' "$PULSE_IMAGES" "$PULSE_RUNNER_NAME" "$PULSE_KEY" "$(cat "$PULSE_ENROLMENT_TOKEN_FILE")" "$PULSE_ENROLMENT_TOKEN" "$@" >"$HOME/as-root"`;
  files.set("/install/runner.sh", Buffer.from(asRoot));
  // As sudo does, it leaves nothing of the environment.
  const sudo = `printf '%s ' "$@" >"$HOME/words"; exec env -i "HOME=$HOME" PATH=/usr/bin:/bin "$@"`;
  const PATH = programs({ id: "echo 1000", sudo });
  const env = { PATH, PULSE_IMAGES: "a b/* $(x)", PULSE_RUNNER_NAME: "one", PULSE_KEY: "pk_of_the_cli" };
  const { code, said } = await install(["--service", "--no-start"], env);
  expect([code, said]).toEqual([0, ""]);
  expect(readFileSync(join(folder, "as-root"), "utf8")).toBe(
    "a b/* $(x)|one||pt_once||--service|--no-start|",
  );
  expect(readFileSync(join(folder, "words"), "utf8")).not.toMatch(/pt_once|pk_of_the_cli|a b/);
});

test("a service is installed of what was fetched, and not of what stands where the runner can write", async () => {
  const sha256 = serve(packed("one"));
  const names = { "/opt/": "opt/", "/var/lib/": "lib/", "/etc/": "etc/" };
  let script = readFileSync(join(here, "runner.sh"), "utf8");
  for (const [real, own] of Object.entries(names))
    script = script.replaceAll(new RegExp(`(?<=[ =>])${real}`, "g"), `${folder}/${own}`);
  const planted = join(folder, "lib/pulse-runner/install/versions", sha256);
  for (const place of [join(planted, "app"), join(planted, "install"), join(folder, "etc/systemd/system")])
    mkdirSync(place, { recursive: true });
  const wrong = `import { appendFileSync } from "node:fs"; appendFileSync(process.env.HOME + "/started", "planted\\n");`;
  writeFileSync(join(planted, "app/runner.js"), wrong);
  writeFileSync(join(planted, "app/package.json"), '{"type":"module"}');
  const PATH = programs({ id: "echo 0", systemctl: "", getent: "", chown: "" });
  const { code, said } = await install(["--service", "--no-start"], { PATH }, script);
  expect([said, code]).toEqual([expect.stringContaining("fetching the runner"), 0]);
  expect(readFileSync(join(folder, "started"), "utf8")).toBe('one enrol "pt_once"\n');
  for (const place of [planted, join(folder, "opt/pulse-runner/engine")])
    expect(readFileSync(join(place, "app/runner.js"), "utf8")).not.toContain("planted");
  expect(statSync(join(folder, "lib/pulse-runner")).mode & 0o777).toBe(0o700);
});

test("a download with another checksum is not installed", async () => {
  serve(packed("one"), "0".repeat(64));
  const { code, said } = await install([]);
  expect(said).toContain("another checksum than the gateway says: nothing was installed");
  expect(code).toBe(1);
  expect(existsSync(join(folder, "started"))).toBe(false);
});

test("it says when Node is missing, too old, or the platform is not there", async () => {
  serve(packed("one"), undefined, "99.1.0");
  expect((await install([])).said).toContain(`Node 99.1.0 or later is needed`);
  const bare = join(folder, "bin");
  mkdirSync(bare);
  for (const tool of [
    "sh",
    "curl",
    "tar",
    "sha256sum",
    "awk",
    "sed",
    "mktemp",
    "uname",
    "tr",
    "mkdir",
    "chmod",
    "rm",
    "grep",
    "cat",
  ])
    symlinkSync(`/usr/bin/${tool}`, join(bare, tool));
  serve(packed("one"));
  expect((await install([], { PATH: bare })).said).toContain("Node is missing: install Node 18.0.0 or later");
  files.set(
    "/install/manifest.txt",
    Buffer.from(`node 18.0.0\nversion 9\n${"0".repeat(64)} plan9-x64 r.tar.gz\n`),
  );
  expect((await install([])).said).toContain(`no runner for ${platform}, only for: plan9-x64`);
  expect((await install([], { PULSE_GATEWAY: "" })).said).toContain("PULSE_GATEWAY is not set");
});

test.each(["broken", "hanging"])(
  "a version on trial that does not come up makes way for the one before: %s",
  async (how) => {
    serve(packed("good"));
    await install(["--no-start"]);
    const base = join(folder, ".pulse-runner");
    const before = readlinkSync(join(base, "current"));
    const bad = serve(packed(how));
    await install(["--no-start"]);
    // As the runner does when it is told to upgrade itself.
    writeFileSync(join(base, "trial"), before);
    writeFileSync(join(base, "trial.seconds"), "1\n");
    const run = spawnSync(join(base, "pulse-runner"), ["run"], {
      ...{ encoding: "utf8", timeout: 20_000 },
      env: { HOME: folder, PATH: process.env.PATH },
    });
    expect(run.stderr).toContain("did not come up: back to the one before");
    expect(run.status).toBe(0);
    expect(readlinkSync(join(base, "current"))).toBe(before);
    expect(readFileSync(join(base, "taken-back"), "utf8").trim()).toBe(bad);
    expect(readFileSync(join(folder, "started"), "utf8")).toContain(`${how} run null\ngood run null\n`);
  },
);

test.each(["", "versions/gone"])(
  "a trial whose version before is not there (%j) is over, and the runner is started",
  async (before) => {
    serve(packed("good"));
    await install(["--no-start"]);
    const base = join(folder, ".pulse-runner");
    for (const name of ["trial", "trial.begun"]) writeFileSync(join(base, name), before);
    const run = spawnSync(join(base, "pulse-runner"), ["run"], {
      ...{ encoding: "utf8", timeout: 20_000 },
      env: { HOME: folder, PATH: process.env.PATH },
    });
    expect(run.stderr).toContain("the version before is not there any more: the new one stays");
    expect(run.status).toBe(0);
    expect(readFileSync(join(folder, "started"), "utf8")).toContain("good run null\n");
  },
);

test("removal leaves nothing", async () => {
  serve(packed("one"));
  await install(["--no-start"]);
  const run = spawnSync(join(folder, ".pulse-runner/pulse-runner"), ["remove"], {
    encoding: "utf8",
    env: { HOME: folder, PATH: process.env.PATH },
  });
  expect(run.stderr).toContain("removed");
  expect(existsSync(join(folder, ".pulse-runner"))).toBe(false);
  expect((await install(["--remove"])).said).toContain("there is no runner in");
});
