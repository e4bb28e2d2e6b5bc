import type { RunnerView } from "@pulse/schema/wire/runners";
import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";
import type { Key } from "../words/words.ts";

type Face = readonly [Tone, IconName, Key];
type Shown = Pick<RunnerView, "status" | "state" | "preparing">;

const away: Readonly<Record<"unreachable" | "offline", Face>> = {
  unreachable: ["bad", "lost", "runners.unreachable"],
  offline: ["still", "stop", "runners.offline"],
};

function faceOf({ status, state, preparing }: Shown): Face {
  if (status !== "online") return away[status];
  if (state === "draining") return ["warn", "pause", "runners.draining"];
  if (state === "maintenance") return ["warn", "pause", "runners.maintenance"];
  return preparing === null ? ["ok", "done", "runners.online"] : ["busy", "busy", "runners.preparing"];
}

/** Whether a runner is there, and whether it takes work. */
export function RunnerStatusBadge(props: { runner: Shown }): JSX.Element {
  const face = () => faceOf(props.runner);
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={face()[2]} />;
}
