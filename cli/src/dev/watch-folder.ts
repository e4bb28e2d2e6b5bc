import { watch } from "node:fs";
import { sep } from "node:path";
import { isIgnored } from "@pulse/schema/apply/function-files";

const settleMs = 30;

/** Files of a folder that changed, and when (`performance.now()`) the first of them did. */
export interface Change {
  paths: string[];
  at: number;
}

/**
 * Yields what changes below a folder, until `signal` aborts. An editor's several events of one save are one change; what happens while the last
 * change is worked on is the next one.
 */
export async function* changesOf(dir: string, signal: AbortSignal): AsyncGenerator<Change> {
  const paths = new Set<string>();
  let at = 0;
  let timer: NodeJS.Timeout | undefined;
  let wake = Promise.withResolvers<void>();
  const watcher = watch(dir, { recursive: true }, (_event, file) => {
    if (file === null || file.split(sep).some(isIgnored)) return;
    if (paths.size === 0) at = performance.now();
    paths.add(file.split(sep).join("/"));
    clearTimeout(timer);
    timer = setTimeout(() => wake.resolve(), settleMs);
  });
  const stop = () => wake.resolve();
  watcher.on("error", (error) => wake.reject(error));
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      if (signal.aborted || paths.size === 0) continue;
      const change = { paths: [...paths].sort(), at };
      paths.clear();
      yield change;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    watcher.close();
  }
}
