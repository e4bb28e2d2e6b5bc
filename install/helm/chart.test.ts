import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readGatewayConfig } from "@pulse/gateway/config";
import { readRunnerConfig } from "@pulse/runner/config";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { renderTemplate } from "./template-reader.ts";

const chart = fileURLToPath(new URL("pulse", import.meta.url));
const read = (name: string) => readFileSync(`${chart}/${name}`, "utf8");
const templates = readdirSync(`${chart}/templates`).filter((name) => name.endsWith(".yaml"));
const hasHelm = spawnSync("helm", ["version"]).status === 0;
if (!hasHelm)
  process.stdout.write("helm is missing: the chart is rendered by our own reader and not linted by Helm\n");

/** An object of Kubernetes; what a test looks at in it is asked for by shape. */
type Manifest = { kind: string; metadata: { name: string }; spec: Record<string, never> };

const values = (change: { gateway?: object; runner?: object } = {}) => {
  const usual = parse(read("values.yaml")) as { gateway: object; runner: object };
  return { gateway: { ...usual.gateway, ...change.gateway }, runner: { ...usual.runner, ...change.runner } };
};
const given = {
  gateway: {
    ...{ publicUrl: "https://pulse.example.test", existingSecret: "keys", storageClassName: "fast" },
    env: { PULSE_LIMIT_KEY: 600, PULSE_MAIL_FROM: 'Pulse "all" <pulse@example.test>' },
  },
  runner: {
    replicas: 3,
    existingSecret: "token",
    runtimeClassName: "gvisor",
    env: { PULSE_COMMANDS: "deny" },
  },
};

function rendered(change: { gateway?: object; runner?: object }): Manifest[] {
  const scope = { Values: values(change), Release: { Name: "pulse" } };
  return templates.flatMap((name) =>
    parseAllDocuments(renderTemplate(read(`templates/${name}`), scope), {
      strict: true,
      uniqueKeys: true,
    }).flatMap((one) => {
      expect(one.errors, name).toEqual([]);
      const value: Manifest | null = one.toJS();
      return value === null ? [] : [value];
    }),
  );
}

test("the chart is one of Helm 3", () => {
  expect(parse(read("Chart.yaml"))).toMatchObject({ apiVersion: "v2", name: "pulse", type: "application" });
});

test("it renders a gateway alone, and runners when they are asked for", () => {
  const names = (manifests: Manifest[]) => manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const gateway = ["Service pulse-gateway", "StatefulSet pulse-gateway"];
  expect(names(rendered({ gateway: given.gateway }))).toEqual(gateway);
  expect(names(rendered(given))).toEqual([...gateway, "StatefulSet pulse-runner"]);
  expect(rendered(given)[2]?.spec.replicas).toBe(3);
});

test.each([
  ["gateway.publicUrl", { gateway: { ...given.gateway, publicUrl: "" } }],
  ["gateway.existingSecret", { gateway: { ...given.gateway, existingSecret: "" } }],
  ["runner.existingSecret", { ...given, runner: { ...given.runner, existingSecret: "" } }],
])("it does not render without %s", (name, change) => {
  expect(() => rendered(change)).toThrow(`${name} is needed`);
});

describe.each(["pulse-gateway", "pulse-runner"])("%s", (name) => {
  const set = rendered(given).find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === name);
  const template = set?.spec.template as unknown as {
    metadata: { labels: object };
    spec: Record<string, unknown>;
  };
  const [container] = template.spec.containers as Record<string, unknown>[];
  const env = container?.env as { name: string; value?: string; valueFrom?: object }[];

  test("is not root, has no right, no token of the cluster and nothing to write but its volumes", () => {
    expect(template.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(container?.securityContext).toEqual({
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ["ALL"] },
    });
    for (const secret of env.filter(
      (one) => /KEY$|TOKEN$/.test(one.name) && one.name !== "PULSE_LIMIT_KEY",
    )) {
      expect(secret).toMatchObject({ valueFrom: { secretKeyRef: expect.anything() } });
    }
  });

  test("finds its pods, its volumes and its ports", () => {
    const selector = set?.spec.selector as { matchLabels: object } | undefined;
    expect(template.metadata.labels).toMatchObject(selector?.matchLabels ?? { none: true });
    const claims = set?.spec.volumeClaimTemplates as unknown as { metadata: { name: string } }[];
    const volumes = [
      ...(template.spec.volumes as { name: string }[]),
      ...claims.map(({ metadata }) => metadata),
    ];
    const mounts = container?.volumeMounts as { name: string }[];
    expect(mounts.map((one) => one.name).sort()).toEqual(volumes.map((one) => one.name).sort());
    expect(container).toMatchObject({ startupProbe: expect.anything(), readinessProbe: expect.anything() });
  });

  test("has settings that its config takes", () => {
    expect(new Set(env.map((one) => one.name)).size).toBe(env.length);
    const known: Record<string, string> = {
      PULSE_ADMIN_KEY: `pk_${"a".repeat(24)}`,
      PULSE_ENROLMENT_TOKEN: "token",
      PULSE_MASTER_KEY: "key",
      PULSE_RUNNER_NAME: "pulse-runner-0",
    };
    const settings = Object.fromEntries(env.map((one) => [one.name, one.value ?? known[one.name]]));
    if (name === "pulse-gateway") {
      expect(readGatewayConfig(settings)).toMatchObject({
        limits: { perKey: 600 },
        publicUrl: given.gateway.publicUrl,
      });
    } else {
      const config = readRunnerConfig(settings, []);
      expect(config).toMatchObject({ gateway: "http://pulse-gateway:8787", sandbox: "process", slots: 5 });
    }
  });
});

test("the reader refuses what it does not know", () => {
  for (const template of [
    "{{ .Values.nothing }}",
    '{{ include "a" . }}',
    "{{ if .a }}",
    "{{ end }}",
    "{{ .a | upper }}",
  ]) {
    expect(() => renderTemplate(template, { Values: {}, a: 1 }), template).toThrow();
  }
});

test.skipIf(!hasHelm)("helm lints it", () => {
  const set = ["--set", "gateway.publicUrl=https://pulse.example.test,gateway.existingSecret=keys"];
  const said = spawnSync("helm", ["lint", "--strict", chart, ...set], { encoding: "utf8" });
  expect(said.status, said.stdout + said.stderr).toBe(0);
});
