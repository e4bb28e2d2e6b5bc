import { type HealthStatus, healthFindings, healthText } from "@pulse/schema/health-words";
import { getHealth } from "@pulse/schema/wire/operations";
import { protocolVersion } from "@pulse/schema/wire/runner-protocol";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { judge } from "./judge.ts";
import { type Known, look } from "./look.ts";

const worstFirst: readonly HealthStatus[] = ["failed", "warning", "ok"];

/** Mounts the checks that `pulse doctor` and the dashboard show. */
export function mountHealth(app: PulseApp, deps: Deps, known: Known): void {
  bind(app, deps, getHealth, async ({ principal }) => {
    const { version } = deps.config;
    const found = judge(await look(deps, known, principal.project), version);
    const checks = found.map((finding) => {
      const [name, status] = healthFindings[finding.code];
      return { name, status, ...finding, ...healthText(finding, "en") };
    });
    const status = worstFirst.find((one) => checks.some((check) => check.status === one)) ?? "ok";
    const at = new Date(deps.ports.now()).toISOString();
    const body = { status, at, version, protocol: protocolVersion, checks };
    return { headers: { "cache-control": "no-store" }, body };
  });
}
