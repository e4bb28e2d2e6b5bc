import type { VersionView } from "@pulse/schema/wire/functions";
import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";

const faces: Readonly<Record<VersionView["status"], readonly [Tone, IconName]>> = {
  building: ["busy", "busy"],
  ready: ["ok", "done"],
  failed: ["bad", "cross"],
};

/** The state of a version. */
export function VersionBadge(props: { status: VersionView["status"] }): JSX.Element {
  return (
    <StatusBadge
      tone={faces[props.status][0]}
      icon={faces[props.status][1]}
      word={`version.${props.status}`}
    />
  );
}
