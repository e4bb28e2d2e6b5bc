import type { RunnerUpgrade, UpgradedRunner } from "@pulse/schema/wire/runner-upgrades";
import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";

const upgradeFaces: Readonly<Record<RunnerUpgrade["state"], readonly [Tone, IconName]>> = {
  planned: ["still", "clock"],
  running: ["busy", "busy"],
  succeeded: ["ok", "done"],
  failed: ["bad", "cross"],
  stopped: ["warn", "stop"],
};
const runnerFaces: Readonly<Record<UpgradedRunner["state"] | "untold", readonly [Tone, IconName]>> = {
  waiting: ["still", "clock"],
  untold: ["still", "stop"],
  told: ["busy", "busy"],
  upgraded: ["ok", "done"],
  failed: ["bad", "cross"],
  current: ["ok", "done"],
  left: ["still", "stop"],
};

/** How an upgrade stands. */
export function UpgradeStateBadge(props: { state: RunnerUpgrade["state"] }): JSX.Element {
  const face = () => upgradeFaces[props.state];
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={`upgrades.is_${props.state}`} />;
}

/** How a runner stands in an upgrade; `isOver`: nobody's turn comes any more. */
export function UpgradedBadge(props: { state: UpgradedRunner["state"]; isOver: boolean }): JSX.Element {
  const state = () => (props.isOver && props.state === "waiting" ? "untold" : props.state);
  const face = () => runnerFaces[state()];
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={`upgrades.runner_${state()}`} />;
}
