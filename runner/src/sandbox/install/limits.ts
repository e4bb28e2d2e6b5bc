/** What one install may take. */
export interface InstallLimits {
  /** Of the packages unpacked; what it needs besides is as much again. */
  bytes: number;
  files: number;
  ms: number;
  /** Of the installer's own processes. */
  memory: number;
  pids: number;
}

export const defaultLimits: InstallLimits = {
  bytes: 512 * 2 ** 20,
  files: 50_000,
  ms: 300_000,
  memory: 768 * 2 ** 20,
  pids: 256,
};

/** In words, for what went beyond. */
export function sizeLimitWords({ bytes, files }: InstallLimits): string {
  return `the dependencies are larger than a runner installs: at most ${Math.floor(bytes / 2 ** 20)} MiB and ${files} files`;
}
