import type { Difference } from "./differences.ts";

const shownAtMost = 60;

/** A difference as one line: `+` for what comes, `-` for what goes, `~` for what changes. Of files only the name is told; long values are cut. */
export function differenceText({ path, before, after }: Difference): string {
  const file = /^files\.(.*)$/.exec(path)?.[1];
  const mark = before === undefined ? "+" : after === undefined ? "-" : "~";
  if (file !== undefined) return `${mark} ${file}`;
  const values = [before, after].filter((one) => one !== undefined).map(shown);
  return `${mark} ${path}: ${values.join(" → ")}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > shownAtMost ? `${text.slice(0, shownAtMost)}…` : text;
}
