import { installLine, quoted } from "@pulse/schema/install-line";

/** How a new runner is started on its machine: by the gateway's install script until it ends or as a service, or from this repository. */
export const ways = ["terminal", "service", "repository"] as const;
export type Way = (typeof ways)[number];

/** What a new runner is to be. */
export interface Wanted {
  /** Empty: the name of its host. */
  name: string;
  pool: string;
  /** As it was typed: `env=prod, gpu=yes`. */
  labels: string;
}

/** The line that starts a new runner on its machine. */
export function startLine(gateway: string, token: string, name: string, way: Way): string {
  if (way !== "repository") return installLine({ gateway, token, name, asService: way === "service" });
  const variables = [
    `PULSE_GATEWAY=${quoted(gateway)}`,
    `PULSE_ENROLMENT_TOKEN=${quoted(token)}`,
    ...(name === "" ? [] : [`PULSE_RUNNER_NAME=${quoted(name)}`]),
  ];
  return `${variables.join(" ")} npx -y pnpm@12.21.0 pulse runner start`;
}

/** Reads `env=prod, gpu=yes`; null when a part is none. */
export function readLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  for (const part of text.split(/[,\s]+/).filter((one) => one !== "")) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(part) ?? [];
    if (key === undefined || value === undefined) return null;
    labels[key] = value;
  }
  return labels;
}

/** Labels as they are typed. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}
