import type { RunnerView } from "@pulse/schema/wire/runners";
import { bytesText } from "../ui/bytes.ts";
import { number } from "../words/words.ts";

/** What a runner's machine is, and what it can: `linux/x64 · 4 CPU · 8 GB · docker`. */
export function factsOf({ facts, capabilities }: RunnerView): string {
  const cpus = facts?.cpus;
  const memory = facts?.memoryBytes;
  const { os, arch } = facts ?? {};
  return [
    ...(typeof os === "string" ? [typeof arch === "string" ? `${os}/${arch}` : os] : []),
    ...(typeof cpus === "number" ? [`${number(cpus)} CPU`] : []),
    ...(typeof memory === "number" ? [bytesText(memory)] : []),
    ...capabilities,
  ].join(" · ");
}
