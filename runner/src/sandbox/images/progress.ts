import type Docker from "dockerode";

const sayEveryMs = 1000;

/** One line of an engine's progress. */
export interface ProgressStep {
  error?: string;
  id?: string;
  status?: string;
  stream?: string;
  progressDetail?: { current?: number; total?: number };
}

/** Follows an engine's work on an image to its end. `onBytes` hears of the bytes fetched so far, at most once a second. Throws what the engine says went wrong. */
export function followWork(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onBytes: (current: number, total: number) => void,
  onStep: (step: ProgressStep) => void = () => undefined,
): Promise<void> {
  const layers = new Map<string, { current: number; total: number }>();
  let saidAt = 0;
  return new Promise((resolve, reject) => {
    const end = (error: Error | null, steps: ProgressStep[] | null) => {
      const failed = error?.message ?? steps?.find((step) => step.error !== undefined)?.error;
      if (failed === undefined) resolve();
      else reject(new Error(failed));
    };
    docker.modem.followProgress(stream, end, (step: ProgressStep) => {
      onStep(step);
      const { current, total } = step.progressDetail ?? {};
      if (step.id === undefined || current === undefined || total === undefined) return;
      layers.set(step.id, { current, total });
      const now = Date.now();
      if (now - saidAt < sayEveryMs) return;
      saidAt = now;
      const sum = (of: "current" | "total") =>
        [...layers.values()].reduce((all, layer) => all + layer[of], 0);
      onBytes(sum("current"), sum("total"));
    });
  });
}

/** Bytes of bytes, as people read them. */
export function ofMegabytes(current: number, total: number): string {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return `${megabytes(current)} of ${megabytes(total)} MB`;
}
