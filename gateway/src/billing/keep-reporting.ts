import type { Billing, Ports } from "../ports.ts";
import { reportUsage } from "./report.ts";

const everyMs = 3_600_000;
const firstMs = 120_000;

/** Reports use two minutes after the start and then every hour; returns what ends that, a run under way too. */
export function keepReporting(
  ports: Pick<Ports, "database" | "now" | "timer" | "background" | "log">,
  billing: Billing,
): () => void {
  const ended = new AbortController();
  let cancel = (): void => undefined;
  const after = (ms: number) => {
    cancel = ports.timer(ms, () => {
      ports.background(
        reportUsage(ports, billing, ended.signal).catch((error: unknown) => {
          if (ended.signal.aborted) return;
          ports.log.error(
            "use could not be reported to the provider of the billing; it is tried again in an hour",
            error,
          );
        }),
      );
      after(everyMs);
    });
  };
  after(firstMs);
  return () => {
    ended.abort();
    cancel();
  };
}
