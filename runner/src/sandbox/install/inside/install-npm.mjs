// Installs npm packages where they will run, with what the runner of this build asks for (`asked`), and writes them to standard output as a tar.
// Standard error is the log. Credentials come over a socket, to a process of their own that has ended before any install script runs.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { writeTree } from "./tree.mjs";

const asked = JSON.parse(readFileSync(process.env.PULSE_INSTALL, "utf8"));
const home = process.env.HOME ?? "/tmp";
const flags = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=warn", "--progress=false"];
// Two more tries within seconds: npm waits for up to a minute otherwise.
const retries = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000"];

if (process.argv[2] === "fetch") await fetchPackages();
else await install();

async function install() {
  if (asked.source !== null) cpSync(asked.source, asked.work, { recursive: true });
  for (const [name, content] of Object.entries(asked.files)) writeFileSync(join(asked.work, name), content);
  const proxy = asked.proxy === null ? {} : await passOn(asked.proxy);
  await run(process.execPath, [import.meta.filename, "fetch"], { ...process.env, ...proxy });
  rmSync(join(home, "npm-cache"), { recursive: true, force: true });
  const { rebuild } = asked.steps;
  if (rebuild.length > 0) {
    process.stderr.write(`running the install scripts of ${rebuild.join(", ")}\n`);
    const { PULSE_INSTALL, ...env } = { ...process.env, ...proxy, npm_config_userconfig: "/dev/null" };
    await run(
      "npm",
      ["rebuild", ...rebuild, ...flags, "--ignore-scripts=false", "--foreground-scripts"],
      env,
    );
  }
  mkdirSync(join(asked.work, "node_modules"), { recursive: true });
  await writeTree(asked.work, "node_modules", process.stdout);
  await new Promise((resolve) => process.stdout.end(resolve));
  process.exit(0);
}

/** The one process that knows credentials; packages are unpacked by it, and nothing of them runs. */
async function fetchPackages() {
  const { npmrc, env } = JSON.parse(await text(connect(asked.credentials)));
  const settings = join(home, "npmrc");
  writeFileSync(settings, npmrc, { mode: 0o600 });
  const { PULSE_INSTALL, ...rest } = process.env;
  const cache = ["--cache", join(home, "npm-cache"), "--userconfig", settings];
  const words = [asked.steps.command, "--omit=dev", ...flags, "--ignore-scripts"];
  process.stderr.write(`$ npm ${words.join(" ")}\n`);
  await run("npm", [...words, ...retries, ...cache], { ...rest, ...env }).finally(() =>
    rmSync(settings, { force: true }),
  );
}

/** Runs a program with its output in the log; ends this process as it ended when it failed. */
function run(program, args, env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: asked.work, env, stdio: ["ignore", 2, 2] });
    child.once("error", (error) => {
      process.stderr.write(`${program} cannot be started: ${error.message}\n`);
      process.exit(127);
    });
    child.once("close", (code) => {
      if (code === 0) resolve();
      else process.exit(code ?? 1);
    });
  });
}

/** Where there is no network, a local port that passes on to the proxy on the runner's socket. */
async function passOn(path) {
  const server = createServer((client) => {
    const proxy = connect(path);
    const close = () => {
      client.destroy();
      proxy.destroy();
    };
    for (const socket of [client, proxy]) socket.on("error", close).on("close", close);
    client.pipe(proxy).pipe(client);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const url = `http://127.0.0.1:${server.address().port}`;
  return { HTTP_PROXY: url, HTTPS_PROXY: url, http_proxy: url, https_proxy: url };
}
