import { readFileSync } from "node:fs";
import { readGatewayConfig } from "@pulse/gateway/config";
import { readRunnerConfig } from "@pulse/runner/config";
import { readEngineProxyConfig } from "@pulse/runner/engine-proxy/main";
import { pulseVersion } from "@pulse/schema/version";
import { expect, test } from "vitest";
import { parse } from "yaml";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

/** The names that a config asks its environment for, whatever the files of its module are. */
function namesAskedBy(config: (env: Record<string, string | undefined>) => unknown, given = {}): string[] {
  const names = new Set<string>();
  config(
    new Proxy<Record<string, string | undefined>>(given, {
      get(target, name) {
        if (typeof name === "string") names.add(name);
        return Reflect.get(target, name);
      },
    }),
  );
  return [...names].filter((name) => name.startsWith("PULSE_")).sort();
}

const ofGateway = namesAskedBy((env) => readGatewayConfig(env));
const ofRunner = namesAskedBy((env) => readRunnerConfig(env, []), {
  PULSE_GATEWAY: "https://pulse.example.test",
});
const ofProxy = namesAskedBy(readEngineProxyConfig);
const compose = parse(read("compose.yaml"), { merge: true });

/** What only `compose.yaml` itself reads. */
const ofCompose = [...read("compose.yaml").matchAll(/\$\{(\w+):/g)]
  .map(([, name = ""]) => name)
  .filter((name) => ![...ofGateway, ...ofRunner].includes(name));

test("the configs were asked", () => {
  expect(ofGateway).toContain("PULSE_OIDC_GROUPS_CLAIM");
  expect(ofRunner).toContain("PULSE_VAULT_CACHE_SECONDS");
  expect(ofProxy).toContain("PULSE_ENGINE_FOLDERS");
});

test(".env.example has every setting once, and none that nobody reads", () => {
  const lines = read(".env.example").split("\n");
  const names = lines.flatMap((line) => /^#?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1] ?? []);
  expect(names.toSorted()).toEqual([...new Set([...ofGateway, ...ofRunner, ...ofCompose])].sort());
});

test(".env.example explains every setting above it, and gives none of the needed ones a value", () => {
  const groups = read(".env.example").trimEnd().split("\n\n");
  for (const group of groups) {
    const lines = group.split("\n");
    const first = lines.findIndex((line) => /^#?[A-Z][A-Z0-9_]+=/.test(line));
    if (first >= 0) expect(lines[first - 1] ?? "", group).toMatch(/^# \w/);
  }
  const set = read(".env.example")
    .split("\n")
    .filter((line) => /^[A-Z]/.test(line));
  expect(set).toEqual(["PULSE_ADMIN_KEY=", "PULSE_MASTER_KEY=", "PULSE_PUBLIC_URL=", "DOCKER_GID="]);
});

test(".env.example shows the defaults that the configs have", () => {
  const shown = new Map(
    [...read(".env.example").matchAll(/^#([A-Z_]+)=(.+)$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  const given = (names: string[]) =>
    Object.fromEntries(names.flatMap((name) => (shown.has(name) ? [[name, shown.get(name)]] : [])));
  const gateway = given(ofGateway);
  const runner = { ...given(ofRunner), PULSE_GATEWAY: "https://pulse.example.test" };
  expect(readGatewayConfig(gateway)).toEqual(readGatewayConfig({}));
  const { images, ...others } = readRunnerConfig(runner, []);
  const { images: _, ...usual } = readRunnerConfig({ PULSE_GATEWAY: "https://pulse.example.test" }, []);
  expect(others).toEqual(usual);
  expect(images).toEqual({
    typescript: `pulse-typescript:${pulseVersion}`,
    python: `pulse-python:${pulseVersion}`,
  });
});

test.each([
  ["gateway", ofGateway, ["PULSE_HOST", "PULSE_PORT", "PULSE_DATA_DIR", "PULSE_MASTER_KEY_FILE"]],
  ["runner", ofRunner, ["PULSE_ENROLMENT_TOKEN_FILE"]],
  ["engine-proxy", ofProxy, []],
])("compose.yaml gives the %s every setting that it reads", (service, names, setByImage) => {
  const given = Object.keys(compose.services[service].environment).filter((name) =>
    name.startsWith("PULSE_"),
  );
  expect(given.toSorted()).toEqual(names.filter((name) => !setByImage.includes(name)));
});

test.each(["gateway", "runner"])("where nobody reads the log of the %s as text, it is JSON lines", (part) => {
  expect(compose.services[part].environment.PULSE_LOG).toMatch(/^\$\{PULSE_LOG:-json\}$/);
  const unit = read(`systemd/pulse-${part}.service`);
  expect(unit.match(/^Environment=.*\bPULSE_LOG=(\w+)/m)?.[1]).toBe("json");
  // What the operator sets in the file is taken instead.
  expect(unit).toMatch(new RegExp(`^EnvironmentFile=/etc/pulse/${part}\\.env$`, "m"));
  expect(parse(read("helm/pulse/values.yaml"))[part].env).toEqual({ PULSE_LOG: "json" });
});

test("compose.yaml confines every service, publishes on loopback, and keeps the engine's socket to the proxy", () => {
  expect(Object.keys(compose.services)).toEqual(["gateway", "engine-proxy", "runner"]);
  for (const [name, service] of Object.entries<Record<string, unknown>>(compose.services)) {
    expect(service, name).toMatchObject({
      ...{ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges"] },
      user: expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/),
    });
    expect(service).not.toHaveProperty("privileged");
    expect(service).not.toHaveProperty("cap_add");
    const hasSocket = JSON.stringify(service.volumes).includes("docker.sock");
    expect(hasSocket, name).toBe(name === "engine-proxy");
  }
  expect(compose.services.gateway.ports[0]).toMatch(/PULSE_LISTEN:-127\.0\.0\.1:8787\}:8787$/);
  expect(compose.services["engine-proxy"].network_mode).toBe("none");
});

test.each(["gateway", "runner"])(
  "the %s's Dockerfile fetches and runs nothing, is not of root and has a health check",
  (part) => {
    const words = read(`${part}.Dockerfile`)
      .split("\n")
      .map((line) => line.split(" ")[0]);
    expect(words).not.toContain("RUN");
    expect(words).not.toContain("ADD");
    expect(words).toEqual(expect.arrayContaining(["USER", "HEALTHCHECK", "ENTRYPOINT"]));
    expect(read(`${part}.Dockerfile`)).toMatch(/^USER 1000\d:1000\d$/m);
  },
);

test("the script of the install line keeps every setting of a runner, and nothing else", () => {
  const [, names = ""] = /^own="([^"]*)"/m.exec(read("runner/runner.sh")) ?? [];
  const notKept = ["PULSE_ENROLMENT_TOKEN", "PULSE_ENROLMENT_TOKEN_FILE", "PULSE_STATE_DIR"];
  expect(names.split(/\s+/).sort()).toEqual(ofRunner.filter((name) => !notKept.includes(name)));
});
