import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { pulseVersion } from "@pulse/schema/version";
import { Agent } from "./agent.ts";
import { machineClock } from "./clock.ts";
import type { RunnerConfig } from "./config.ts";
import { GatewayLink } from "./gateway.ts";
import type { Identity } from "./identity.ts";
import { machineFacts } from "./machine-facts.ts";
import { MachineWorkplace } from "./machine-workplace.ts";
import type { MaskerShelf } from "./masking/masker-shelf.ts";
import { createMetrics } from "./metrics.ts";
import type { Gate } from "./policy/gate.ts";
import { renewalThreadOf } from "./renewal/start-thread.ts";
import type { Running } from "./running.ts";
import { Spool } from "./spool/spool.ts";
import { InstallPlace } from "./upgrade/install-place.ts";
import { Upgrades } from "./upgrade/upgrades.ts";
import type { Workshop } from "./work.ts";

/** An agent on this machine: its clock, its disk, its connections. */
export function createAgent(options: {
  config: RunnerConfig;
  identity: Identity;
  workshop: Workshop;
  gate: Gate;
  /** The jobs that it holds. */
  running: Running;
  maskers: MaskerShelf;
  say: (line: string) => void;
}): Agent {
  const { config, identity, gate, running, say } = options;
  const { slots, drainMs, stateDir, spoolBytes: mostBytes } = config;
  const link = new GatewayLink(identity);
  const spool = new Spool({ folder: join(stateDir, "spool"), mostBytes, say });
  const shared = { link, clock: machineClock, gate, spool, instanceId: randomUUID(), say };
  const installDir = process.env.PULSE_INSTALL_DIR;
  const upgrades = new Upgrades({
    ...{ link, say, stateDir, gateway: identity.gateway, version: pulseVersion },
    place: installDir === undefined ? null : new InstallPlace(installDir),
    leave: () => agent.drain(),
  });
  const agent: Agent = new Agent({
    ...{ ...shared, upgrades },
    ...{ slots, drainMs, running, facts: machineFacts(gate.mayUpdate), metrics: createMetrics(stateDir) },
    workplace: new MachineWorkplace({ ...options, ...shared }),
    startRenewals: renewalThreadOf(identity.gateway),
  });
  return agent;
}
