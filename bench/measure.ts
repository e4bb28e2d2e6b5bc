import { readdirSync, readFileSync } from "node:fs";

/** Latencies of one row, milliseconds. */
export interface Sample {
  name: string;
  latencies: number[];
  /** Wall time of the whole row, milliseconds. */
  wallMs: number;
  /** Processor time of the watched processes, milliseconds. */
  cpuMs: number;
  /** The same by part, where parts were named. */
  parts: Record<string, number>;
}

/** Reads the processor time that parts have used so far, milliseconds. */
export type Meters = Readonly<Record<string, () => number>>;

/** The value below which a share of the values lie; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** User and system time of a process so far, milliseconds, from `/proc`; 0 where there is none. */
export function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/** Processes that a process has started, and those that they have. */
export function descendantsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean);
      return children.flatMap((child) => [Number(child), ...descendantsOf(Number(child))]);
    });
  } catch {
    return [];
  }
}

function readingsOf(meters: Meters): Record<string, number> {
  return Object.fromEntries(Object.entries(meters).map(([name, read]) => [name, read()]));
}

/** Makes `count` calls, `concurrency` at a time, and times each. */
export async function load(
  name: string,
  options: { count: number; concurrency: number; pids: readonly number[]; meters?: Meters },
  call: () => Promise<void>,
): Promise<Sample> {
  const latencies: number[] = [];
  let left = options.count;
  const cpuBefore = options.pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  const { meters = {} } = options;
  const before = readingsOf(meters);
  const begun = performance.now();
  const lane = async () => {
    while (left-- > 0) {
      const at = performance.now();
      await call();
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, lane));
  const wallMs = performance.now() - begun;
  const after = readingsOf(meters);
  const used = ([name, ms]: [string, number]) => [name, Math.max(0, ms - (before[name] ?? 0))];
  return {
    parts: Object.fromEntries(Object.entries(after).map(used)),
    name,
    latencies,
    wallMs,
    cpuMs: options.pids.reduce((sum, pid) => sum + cpuOf(pid), 0) - cpuBefore,
  };
}

/** Joins samples of the same row from several rounds. */
export function joined(samples: readonly Sample[]): Sample {
  const [first] = samples;
  if (first === undefined) throw new RangeError("no samples");
  return {
    name: first.name,
    latencies: samples.flatMap((one) => one.latencies),
    wallMs: samples.reduce((sum, one) => sum + one.wallMs, 0),
    cpuMs: samples.reduce((sum, one) => sum + one.cpuMs, 0),
    parts: Object.fromEntries(
      Object.keys(first.parts).map((part) => [
        part,
        samples.reduce((sum, { parts }) => sum + (parts[part] ?? 0), 0),
      ]),
    ),
  };
}

/** One line of the report: median, p99, calls a second, processor time a call, and their ratio to the yardstick. */
export function line(sample: Sample, yardstick: Sample): string {
  const perSecond = (one: Sample) => (one.latencies.length / one.wallMs) * 1000;
  const p50 = quantile(sample.latencies, 0.5);
  const p99 = quantile(sample.latencies, 0.99);
  const cpu = (one: Sample) => one.cpuMs / one.latencies.length;
  const ratios =
    sample === yardstick
      ? "yardstick"
      : `p50 ×${(p50 / quantile(yardstick.latencies, 0.5)).toFixed(1)}, throughput ×${(perSecond(sample) / perSecond(yardstick)).toFixed(2)}, cpu ×${(cpu(sample) / cpu(yardstick)).toFixed(1)}`;
  const byPart = Object.entries(sample.parts).map(
    ([part, ms]) => `${part} ${((ms / sample.latencies.length) * 1000).toFixed(0)}`,
  );
  const parts = byPart.length === 0 ? "" : ` (${byPart.join(", ")})`;
  return `${sample.name.padEnd(34)} p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  ${perSecond(sample).toFixed(0)}/s  cpu ${(cpu(sample) * 1000).toFixed(0)} µs${parts}  ${ratios}`;
}
