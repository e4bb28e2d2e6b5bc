/** How two versions stand: the same but for a patch, or which is older and whether a major lies between. */
export type Apart = "same" | { older: "first" | "second"; isMajor: boolean };

/** Compares two `major.minor.patch` versions; a patch makes no difference. */
export function compareVersions(first: string, second: string): Apart {
  const [a, b] = [partsOf(first), partsOf(second)];
  if (a[0] === b[0] && a[1] === b[1]) return "same";
  const isMajor = a[0] !== b[0];
  const isFirstOlder = isMajor ? a[0] < b[0] : a[1] < b[1];
  return { older: isFirstOlder ? "first" : "second", isMajor };
}

/** Whether functions run on this Python: 3.11 or later. */
export function isPythonNew(version: string): boolean {
  const [major, minor] = partsOf(version);
  return major > 3 || (major === 3 && minor >= 11);
}

function partsOf(version: string): [number, number] {
  const [, major = "0", minor = "0"] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}
