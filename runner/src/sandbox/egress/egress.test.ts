import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FunctionJob, Workshop } from "../../work.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { ownImage } from "../images/runtime-images.ts";
import { type Calling, containerWorkshop, versionIn } from "../workshop.suite.ts";
import { type OpenedRange, readOpenedRange } from "./address-rules.ts";
import { crowdedEngine } from "./crowded-engine.suite.ts";
import { firewallScript, noFirewallScript, readNameServers } from "./firewall.ts";
import { containerScript, hereScript } from "./host-script.ts";
import { canMakeOutside, makeOutside, type Outside } from "./outside.suite.ts";
import { ProjectNetworks } from "./project-networks.ts";

const docker = dockerClient();
const runs = (await engineAnswers(docker)) && canMakeOutside();
if (!runs && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error(
    "PULSE_E2E_DOCKER=required, but no Docker engine answers, or this is not root with iproute2",
  );
}
if (!runs) process.stderr.write("no Docker engine answers, or not root: the tests of egress are skipped\n");

/** Says of each target how a connection ended, of its own addresses, and whether it can still be reached by others. */
const probe = [
  "import http.client, json, os, socket, time, urllib.request",
  "def attempt(host, port):",
  "    try:",
  "        with socket.create_connection((host, port), timeout=3):",
  "            return 'open'",
  "    except OSError as error:",
  "        return 'closed'",
  "def gateway():",
  "    for line in open('/proc/net/route').read().splitlines()[1:]:",
  "        fields = line.split()",
  "        if fields[1] == '00000000':",
  "            return socket.inet_ntoa(bytes.fromhex(fields[2])[::-1])",
  "def own():",
  "    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:",
  "        try:",
  "            one.connect(('203.0.114.7', 9))",
  "        except OSError:",
  "            return None",
  "        return one.getsockname()[0]",
  "def main(targets=[], listen=0, urls=[]):",
  "    if listen:",
  "        server = socket.create_server(('0.0.0.0', listen))",
  "        print('listening on', own(), flush=True)",
  "        time.sleep(20)",
  "    found = {f'{host}:{port}': attempt(gateway() if host == 'gateway' else host, port) for host, port in targets}",
  "    for url in urls:",
  "        try:",
  "            found[url] = urllib.request.urlopen(url, timeout=5).read().decode()",
  "        except Exception as error:",
  "            found[url] = f'{type(error).__name__}: {error}'",
  "    return {**found, 'interfaces': sorted(os.listdir('/sys/class/net'))}",
];

describe.skipIf(!runs)("what a container reaches", () => {
  let folder: string;
  let outside: Outside;
  let host: Server;
  let hostPort: number;
  let eth: string;
  const workshops: Workshop[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-egress-"));
    outside = await makeOutside();
    host = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => host.listen(0, "::", resolve));
    hostPort = (host.address() as { port: number }).port;
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    eth = addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "";
  }, 60_000);
  afterAll(async () => {
    for (const workshop of workshops) await workshop.stop();
    host?.close();
    outside?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** A runner of its own, whose policy opens these ranges. */
  async function runner(opened: string[] = []): Promise<{ workshop: Workshop; runner: string }> {
    const ranges = opened.map(readOpenedRange).filter((range): range is OpenedRange => range !== null);
    const made = await containerWorkshop(folder, { filtered: true, opened: ranges });
    workshops.push(made.workshop);
    return made;
  }

  async function call(
    workshop: Workshop,
    egress: FunctionJob["spec"]["settings"]["egress"],
    input: object,
    project = "prj_test",
  ): Promise<Calling> {
    const version = await versionIn(workshop, folder, "python", { "main.py": probe }, { egress });
    return version(input, { project });
  }

  const targets = () => [
    ["gateway", hostPort],
    [eth, hostPort],
    ["172.17.0.1", hostPort],
    ["127.0.0.1", hostPort],
    ["fd00::2", hostPort],
    ["::1", hostPort],
    ["fe80::1%eth0", hostPort],
    [`::ffff:${outside.metadata}`, outside.port],
    [outside.metadata, outside.port],
    ["10.213.77.2", outside.port],
    [outside.global, outside.port],
    [outside.global, 25],
  ];
  const closedBut = (...open: string[]) => {
    const all = targets().map(([at, port]) => `${at}:${port}`);
    return Object.fromEntries(all.map((target) => [target, open.includes(target) ? "open" : "closed"]));
  };

  test("EG-01, EG-02, EG-03, EG-05, EG-07: open: the world, and nothing of this machine, its networks or the cloud's metadata", async () => {
    const { workshop } = await runner();
    const { answer } = await call(workshop, "open", { targets: targets() });
    expect(await answer).toEqual({
      ...closedBut(`${outside.global}:${outside.port}`),
      interfaces: ["eth0", "lo"],
    });
  }, 60_000);

  test("open, with a policy: what that opens, at its port, and nothing more", async () => {
    const { workshop } = await runner([`${eth}:${hostPort}`, "169.254.169.254"]);
    const { answer } = await call(workshop, "open", { targets: targets() });
    expect(await answer).toEqual({
      ...closedBut(
        `${outside.global}:${outside.port}`,
        `${eth}:${hostPort}`,
        `${outside.metadata}:${outside.port}`,
        `::ffff:${outside.metadata}:${outside.port}`,
      ),
      interfaces: ["eth0", "lo"],
    });
  }, 60_000);

  test("EG-01 to EG-07, the control: where the policy opens everything, all of it answers but what IPv6 would reach", async () => {
    const { workshop } = await runner(["0.0.0.0/0"]);
    const { answer } = await call(workshop, "open", { targets: targets() });
    const never = ["127.0.0.1", "fd00::2", "::1", "fe80::1%eth0"];
    const open = targets().filter(([at]) => !never.includes(String(at)));
    expect(await answer).toEqual({
      ...closedBut(...open.map(([at, port]) => `${at}:${port}`)),
      interfaces: ["eth0", "lo"],
    });
  }, 60_000);

  test("none: nothing at all", async () => {
    const { workshop } = await runner(["0.0.0.0/0"]);
    const { answer } = await call(workshop, "none", { targets: targets() });
    expect(await answer).toEqual({ ...closedBut(), interfaces: ["lo"] });
  }, 60_000);

  test("a list: what it names through the proxy, nothing around it, and the log says what was refused", async () => {
    const { workshop } = await runner();
    const listed = `${outside.global}:${outside.port}`;
    const urls = [
      `http://${listed}/`,
      `http://${outside.global}:81/`,
      `http://${outside.metadata}:${outside.port}/`,
    ];
    const { answer, link } = await call(workshop, [listed, `${outside.metadata}:${outside.port}`], {
      targets: targets(),
      urls,
    });
    expect(await answer).toEqual({
      ...closedBut(),
      [urls[0] ?? ""]: "outside",
      [urls[1] ?? ""]: "HTTPError: HTTP Error 403: Forbidden",
      [urls[2] ?? ""]: "HTTPError: HTTP Error 403: Forbidden",
      interfaces: ["lo"],
    });
    expect(link.text).toContain("203.0.114.7:81 is not on the function's egress list");
    expect(link.text).toContain("169.254.169.254, which this runner's policy does not open");
  }, 60_000);

  test("a list reaches its target from fetch in TypeScript, also while the code blocks its own thread", async () => {
    const { workshop } = await runner();
    const code = [
      "import { execFileSync } from 'node:child_process';",
      "const get = (url) => 'fetch(' + JSON.stringify(url) + ').then((r) => r.text()).then((t) => process.stdout.write(t))';",
      "export const handler = async ({ url }) => ({",
      "  own: await (await fetch(url)).text(),",
      "  child: execFileSync(process.execPath, ['-e', get(url)], { encoding: 'utf8' }),",
      "});",
    ];
    const settings = { egress: [`${outside.global}:${outside.port}`] };
    const version = await versionIn(workshop, folder, "typescript", { "index.js": code }, settings);
    const { answer } = version({ url: `http://${outside.global}:${outside.port}/` });
    expect(await answer).toEqual({ own: "outside", child: "outside" });
  }, 60_000);

  test("EG-04: no container reaches another, of its own project or of another, though what it listens on can be reached", async () => {
    const { workshop } = await runner(["0.0.0.0/0"]);
    const { link, stop } = await call(workshop, "open", { listen: 7001 });
    await link.until(() => link.text.includes("listening on"));
    const address = /listening on (\S+)/.exec(link.text)?.[1] ?? "";
    expect(address).toMatch(/^198\.1[89]\.\d+\.\d+$/);
    for (const project of ["prj_test", "prj_other"]) {
      const { answer } = await call(workshop, "open", { targets: [[address, 7001]] }, project);
      expect(await answer).toMatchObject({ [`${address}:7001`]: "closed" });
    }
    // The machine itself may: there is a listener, at this address.
    const reached = connect({ host: address, port: 7001 });
    await once(reached, "connect");
    reached.destroy();
    stop.abort("cancelled");
  }, 60_000);

  const iptables = (...args: string[]) =>
    execFileSync("iptables", ["-w", "5", ...args], { encoding: "utf8" });
  /** The rules of this runner's firewall, of those that stand. */
  const rulesOf = (id: string) => {
    const name = `PULSE-${createHash("sha256").update(id).digest("hex").slice(0, 6)}-`;
    const lines = execFileSync("iptables-save", { encoding: "utf8" }).split("\n");
    return lines.filter((line) => line.startsWith("-A") && line.includes(name));
  };

  test("packet filters that somebody flushed come back, and with the runner all is gone", async () => {
    const { workshop, runner: id } = await runner();
    await (await call(workshop, "open", { targets: [] })).answer;
    const rules = rulesOf(id);
    const jump = rules.find((line) => line.startsWith("-A INPUT"))?.slice(3) ?? "";
    expect(rules.filter((line) => / -j PULSE-/.test(line))).toHaveLength(2);
    iptables("-D", ...jump.split(" "));
    expect(rulesOf(id)).toHaveLength(rules.length - 1);
    await expect.poll(() => rulesOf(id).length, { timeout: 10_000 }).toBe(rules.length);
    await workshop.stop();
    expect(rulesOf(id)).toEqual([]);
    expect(await docker.listNetworks({ filters: { label: [`pulse.runner=${id}`] } })).toEqual([]);
  }, 60_000);

  test("EG-08: a container that starts after somebody flushed them has packet filters in front of it from the start", async () => {
    const { workshop, runner: id } = await runner();
    await (await call(workshop, "open", { targets: [] })).answer;
    for (const rule of rulesOf(id).filter((line) => / -j PULSE-/.test(line)))
      iptables("-D", ...rule.slice(3).split(" "));
    const next = await call(workshop, "open", { targets: targets() }, "prj_late");
    expect(await next.answer).toMatchObject(closedBut(`${outside.global}:${outside.port}`));
  }, 60_000);

  const networksOf = async (id: string) =>
    (await docker.listNetworks({ filters: { label: [`pulse.runner=${id}`] } })).map(({ Name }) => Name);

  test("a network goes when nobody was in it for a while, and comes again", async () => {
    const id = `rnr_${randomBytes(6).toString("hex")}`;
    const policy = { filtered: true, opened: [] };
    const networks = new ProjectNetworks({ docker, runner: id, policy, log: () => undefined, idleMs: 50 });
    try {
      const one = await networks.join("prj_a", "unused");
      const two = await networks.join("prj_a", "unused");
      expect(one.name).toBe(two.name);
      one.release();
      one.release();
      expect(await networksOf(id)).toEqual([one.name]);
      two.release();
      await expect.poll(() => networksOf(id), { timeout: 5000 }).toEqual([]);
      const again = await networks.join("prj_a", "unused");
      expect(await networksOf(id)).toEqual([again.name]);
      again.release();
    } finally {
      await networks.stop();
    }
    expect(await networksOf(id)).toEqual([]);
  }, 60_000);

  test("40 projects have a network each, which is more than an engine has pools for", async () => {
    const id = `rnr_${randomBytes(6).toString("hex")}`;
    const policy = { filtered: true, opened: [] };
    const networks = new ProjectNetworks({ docker, runner: id, policy, log: () => undefined });
    try {
      for (let n = 0; n < 40; n++) await networks.join(`prj_${n}`, "unused");
      expect(new Set(await networksOf(id)).size).toBe(40);
    } finally {
      await networks.stop();
    }
    expect(await networksOf(id)).toEqual([]);
  }, 120_000);

  test("without room the idle ones make some, and where none is idle it is said what to do", async () => {
    const id = `rnr_${randomBytes(6).toString("hex")}`;
    const policy = { filtered: true, opened: [] };
    const crowded = await crowdedEngine(
      docker,
      join(folder, "crowded"),
      async () => (await networksOf(id)).length >= 1,
    );
    const networks = new ProjectNetworks({
      docker: crowded.docker,
      runner: id,
      policy,
      log: () => undefined,
    });
    try {
      (await networks.join("prj_a", "unused")).release();
      await networks.join("prj_b", "unused");
      expect(await networksOf(id)).toHaveLength(1);
      await expect(networks.join("prj_c", "unused")).rejects.toThrow(
        /no room for another network: .*address pool.*docker network prune/s,
      );
      // Whoever is in one already is not disturbed.
      expect(await networksOf(id)).toHaveLength(1);
      await networks.join("prj_b", "unused");
    } finally {
      await networks.stop();
      crowded.close();
    }
  }, 60_000);

  test("where the runner may not set packet filters itself, a container of the engine does the same", async () => {
    const id = `rnr_${randomBytes(6).toString("hex")}`;
    const rules = {
      id: createHash("sha256").update(id).digest("hex").slice(0, 6),
      bridges: "pltest-",
      opened: [],
      nameServers: readNameServers("nameserver\n10.9.8.7\nfd00::1\n127.0.0.53\n"),
    };
    const run = containerScript(docker, process.env.PULSE_IMAGE_PYTHON ?? ownImage("python"), id);
    await run(firewallScript(rules));
    await run(firewallScript(rules));
    const inContainer = rulesOf(id);
    await run(noFirewallScript(rules));
    expect(rulesOf(id)).toEqual([]);
    await hereScript(firewallScript(rules));
    expect(inContainer).toEqual(rulesOf(id));
    await hereScript(noFirewallScript(rules));
    expect(inContainer.join("\n")).toMatch(/10\.9\.8\.7\/32 -p udp .*--dport 53 -j RETURN/);
    await expect(run("exec /nowhere")).rejects.toThrow(/nowhere/);
  }, 60_000);
});
