import type { ProcessFacts } from "../ports.ts";
import type { Family } from "./exposition.ts";

/** Names of the process, as client libraries of Prometheus use them. */
const parts: readonly [string, Family["type"], string, (facts: ProcessFacts) => number | null][] = [
  [
    "process_start_time_seconds",
    "gauge",
    "When the gateway's process began, seconds since 1970.",
    (p) => p.startedAt / 1000,
  ],
  ["process_cpu_seconds_total", "counter", "Processor time of the gateway's process.", (p) => p.cpuSeconds],
  ["process_resident_memory_bytes", "gauge", "Memory that the process has in RAM.", (p) => p.residentBytes],
  ["process_open_fds", "gauge", "File descriptors that are open.", (p) => p.openFds],
  ["process_max_fds", "gauge", "File descriptors that may be open.", (p) => p.maxFds],
  ["nodejs_heap_size_used_bytes", "gauge", "The part of the heap that is in use.", (p) => p.heapBytes],
  [
    "nodejs_eventloop_lag_p99_seconds",
    "gauge",
    "How late timers were since the look before, the 99th of 100.",
    (p) => p.loopLagSeconds,
  ],
];

/** What the gateway's process uses; only the names where the platform has none, or does not tell. */
export function processFamilies(facts: ProcessFacts | undefined): Family[] {
  return parts.map(([name, type, help, read]) => {
    const value = facts === undefined ? null : read(facts);
    return { name, type, help, samples: value === null ? [] : [{ labels: {}, value }] };
  });
}
