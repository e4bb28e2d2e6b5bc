import type { Layout } from "@pulse/schema/apply/layout";
import type { BundleFile } from "../functions/tar.ts";

/**
 * What a folder says at most: whoever may push would else keep the gateway at work for hours. All its functions are in memory while a sync runs, and the one that
 * is deployed several times over, of the 128 MB that a Worker has.
 */
export const folderMost = {
  things: 1000,
  definitionBytes: 4 * 2 ** 20,
  functionBytes: 32 * 2 ** 20,
  oneFunctionBytes: 8 * 2 ** 20,
};
const elsewhere = "pulse apply in a pipeline has no such limit";

/** What is too much of a folder, before anything of it is read; null: nothing is. */
export function excessOf({
  layout,
  dirs,
  definitions,
  sizes,
}: {
  layout: Layout;
  /** Folders of functions as they are named, and of each how many bytes are below it. */
  dirs: readonly string[];
  sizes: readonly number[];
  definitions: readonly BundleFile[];
}): string | null {
  const { schedules, webhooks, channels, removed } = layout;
  const named = [schedules, webhooks, channels, ...Object.values(removed)].map((of) => Object.keys(of ?? {}));
  const things = dirs.length + definitions.length + named.flat().length;
  if (things > folderMost.things) {
    return `says what becomes of ${things} things, and a source has at most ${folderMost.things}: ${elsewhere}`;
  }
  const bytes = sum(definitions.map(({ content }) => content.length));
  if (bytes > folderMost.definitionBytes) {
    return `has definitions of ${mib(bytes)} MiB, and a source has at most ${mib(folderMost.definitionBytes)} MiB of them: ${elsewhere}`;
  }
  const large = sizes.findIndex((size) => size > folderMost.oneFunctionBytes);
  if (large >= 0) {
    return `has a function of ${mib(sizes[large] ?? 0)} MiB, ${dirs[large]}, and one of a source has at most ${mib(folderMost.oneFunctionBytes)} MiB: ${elsewhere}`;
  }
  const code = sum(sizes);
  return code > folderMost.functionBytes
    ? `has functions of ${mib(code)} MiB, and a source has at most ${mib(folderMost.functionBytes)} MiB of them: ${elsewhere}`
    : null;
}

/** What stands in a list twice, once each. */
export function twiceIn(all: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(all.filter((one) => seen.has(one) || !seen.add(one)))];
}

function sum(all: readonly number[]): number {
  return all.reduce((total, one) => total + one, 0);
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
