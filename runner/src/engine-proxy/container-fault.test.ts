import { describe, expect, test } from "vitest";
import { companionOptions, customOptions } from "../sandbox/custom/custom-options.ts";
import { containerOptions } from "../sandbox/docker-spec.ts";
import { firewallScript, nameServersScript, noFirewallScript } from "../sandbox/egress/firewall.ts";
import { buildContainerOptions } from "../sandbox/install/build-container.ts";
import { seccompProfile } from "../sandbox/seccomp.ts";
import { type ContainerRules, containerFault } from "./container-fault.ts";
import { isOwnScript } from "./own-script.ts";

const rules: ContainerRules = {
  folders: ["/var/lib/pulse-runner"],
  hostImages: ["pulse-typescript:0.1.0", "pulse-python:0.1.0"],
  runtime: null,
};

const functionContainer = (): Record<string, unknown> =>
  asSent(
    containerOptions(
      { project: "default", runtime: "typescript", memory: 2 ** 27, cpus: 1, egress: "open" } as never,
      {
        ...{
          image: "pulse-typescript:0.1.0",
          runner: "rnr_1",
          folder: "/var/lib/pulse-runner/tmp/pulse-cell-7-x",
        },
        ...{ network: "pulse-abc123-0123456789ab", transport: "socket", runtime: null },
        seccomp: seccompProfile("x86_64"),
      },
    ),
  );

const installContainer = (): Record<string, unknown> =>
  asSent(
    buildContainerOptions(
      {
        project: "default",
        plan: { runtime: "typescript" },
        folder: "/var/lib/pulse-runner/sandboxes/builds/a",
        limits: { bytes: 2 ** 29, files: 50_000, pids: 256, memory: 2 ** 29, ms: 1000 },
      } as never,
      {
        ...{
          image: "pulse-typescript:0.1.0",
          runner: "rnr_1",
          line: "/var/lib/pulse-runner/tmp/pulse-cell-7-y",
        },
        ...{ certificates: false, runtime: null, seccomp: null },
      },
    ),
  );

const customContainer = (companion: string | null): Record<string, unknown> => {
  const spec = {
    ...{ project: "default", runtime: "python", memory: 2 ** 27, cpus: 1, egress: "none" },
    custom: { protocol: companion === null ? "exec" : "http" },
  } as never;
  return asSent(
    customOptions(spec, {
      ...{
        image: "sha256:ab",
        runner: "rnr_1",
        folder: "/var/lib/pulse-runner/tmp/pulse-cell-7-z",
        network: null,
      },
      ...{ transport: "socket", runtime: null, seccomp: null, companion, port: 8080, command: ["/bin/tool"] },
      ...{ facts: { command: [], volumes: ["/data"], hasShell: true }, env: { A: "b" }, hasInput: true },
    }),
  );
};

const companionContainer = (): Record<string, unknown> =>
  asSent(
    companionOptions(
      {
        project: "default",
        runtime: "python",
        memory: 2 ** 27,
        cpus: 1,
        egress: ["a.example.test:443"],
      } as never,
      {
        ...{
          image: "pulse-python:0.1.0",
          runner: "rnr_1",
          folder: "/var/lib/pulse-runner/tmp/pulse-cell-7-w",
        },
        ...{ network: null, transport: "socket", runtime: null, seccomp: null },
      },
      8080,
    ),
  );

const hostContainer = (script: string, image = "pulse-python:0.1.0"): Record<string, unknown> => ({
  Image: image,
  User: "0:0",
  Entrypoint: ["chroot", "/host", "/bin/sh", "-c", script],
  Cmd: [],
  Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"],
  Labels: { "pulse.runner": "rnr_1" },
  AttachStdout: true,
  AttachStderr: true,
  HostConfig: {
    NetworkMode: "host",
    UsernsMode: "host",
    Binds: ["/:/host:ro", "/run:/host/run"],
    CapDrop: ["ALL"],
    CapAdd: ["NET_ADMIN", "NET_RAW", "SYS_CHROOT"],
    SecurityOpt: ["no-new-privileges"],
    ReadonlyRootfs: true,
    LogConfig: { Type: "none", Config: {} },
  },
});

function asSent(body: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(body));
}

const firewall = {
  ...{ id: "abc123", bridges: "plabc123-", nameServers: ["192.0.2.53"] },
  opened: [
    { network: "192.0.2.0", prefix: 24, port: null },
    { network: "192.0.2.7", prefix: 32, port: 5432 },
  ],
};

test.each([
  ["a function", functionContainer()],
  ["an install", installContainer()],
  ["an image of a user", customContainer(null)],
  ["an image of a user beside its companion", customContainer("0123456789abcdef".repeat(4))],
  ["a companion", companionContainer()],
  ["the packet filters", hostContainer(firewallScript(firewall))],
  ["their end", hostContainer(noFirewallScript(firewall))],
  ["a question for name servers", hostContainer(nameServersScript)],
])("the container of %s is passed on", (_what, body) => {
  expect(containerFault(body, rules)).toBeNull();
});

describe("refused is", () => {
  const changed = (change: Record<string, unknown>, host: Record<string, unknown> = {}) => {
    const body = functionContainer();
    return { ...body, ...change, HostConfig: { ...(body.HostConfig as object), ...host } };
  };
  const bind = (Source: string, ReadOnly = true) => ({
    Mounts: [{ Type: "bind", Source, Target: "/x", ReadOnly }],
  });
  const attacks: [what: string, body: unknown][] = [
    ["a privileged container", changed({}, { Privileged: true })],
    ["the host's network", changed({}, { NetworkMode: "host" })],
    ["a network of somebody else", changed({}, { NetworkMode: "bridge" })],
    ["the host's processes", changed({}, { PidMode: "host" })],
    ["the host's root folder", changed({}, bind("/"))],
    ["the engine's socket", changed({}, bind("/var/run/docker.sock"))],
    ["a folder beside the runner's", changed({}, bind("/var/lib/pulse-runner-2/x"))],
    ["a way out of the runner's folder", changed({}, bind("/var/lib/pulse-runner/../docker"))],
    ["a folder that may be written", changed({}, bind("/var/lib/pulse-runner/x", false))],
    ["an old-style bind", changed({}, { Binds: ["/:/host"] })],
    ["a device", changed({}, { Devices: [{ PathOnHost: "/dev/sda" }] })],
    ["a right of root", changed({}, { CapAdd: ["SYS_ADMIN"] })],
    ["rights that are not dropped", changed({}, { CapDrop: [] })],
    ["no seccomp", changed({}, { SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] })],
    [
      "a profile of its own",
      changed({}, { SecurityOpt: ["no-new-privileges", 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }),
    ],
    ["new privileges", changed({}, { SecurityOpt: [] })],
    ["another runtime", changed({}, { Runtime: "runc-privileged" })],
    ["root", changed({ User: "0:0" })],
    ["the image's user", changed({ User: undefined })],
    ["an engine's group", changed({}, { GroupAdd: ["999"] })],
    [
      "a key in other letters, which the engine would read all the same",
      changed({ hostconfig: { Privileged: true } }),
    ],
    ["no label", changed({ Labels: {} })],
    ["a script for the host", hostContainer("docker -H unix:///run/docker.sock run --privileged x")],
    ["a script with more in it", hostContainer(`${firewallScript(firewall)}\nid`)],
    ["an image that brings its own chroot", hostContainer(nameServersScript, "registry.example.test/evil")],
    [
      "the root of the host, to be written",
      { ...hostContainer(nameServersScript), HostConfig: { Binds: ["/:/host"] } },
    ],
    ["nothing", null],
  ];
  test.each(attacks)("%s", (_what, body) => {
    expect(containerFault(asSent(body), rules)).not.toBeNull();
  });
});

test("a script for the host is one of the runner's to the letter", () => {
  const whole = firewallScript(firewall);
  expect(isOwnScript(whole)).toBe(true);
  for (const [from, to] of [
    ["-A PULSE-abc123-IN -j REJECT", "-A PULSE-abc123-IN -j ACCEPT"],
    ["DOCKER-USER -i plabc123-+", "DOCKER-USER -i eth0"],
    ["192.0.2.53 -p udp", "192.0.2.53 -p udp; reboot"],
    ["<<'RULES'", "<<RULES"],
    ["COMMIT", "-A INPUT -j DROP\nCOMMIT"],
    ["set -e", "set -e; id"],
  ] as const) {
    expect(whole).toContain(from);
    expect(isOwnScript(whole.replace(from, to)), to).toBe(false);
  }
});
