/** A command of a page's transcript and the lines that the page says it prints. */
export interface Shown {
  command: string;
  lines: readonly string[];
}

/** The transcripts of a page: of each, its commands with what follows each of them. A comment behind a command is the reader's. */
export function transcriptsOf(page: string): Shown[][] {
  return [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = ""]) => {
    const shown: { command: string; lines: string[] }[] = [];
    for (const line of text.trimEnd().split("\n")) {
      if (line.startsWith("$ ")) shown.push({ command: line.slice(2).replace(/\s{2,}# .*$/, ""), lines: [] });
      else shown.at(-1)?.lines.push(line);
    }
    return shown;
  });
}

/** What differs from one run to the next, as it stands in a page, and what may stand in its place. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d\d-\d\dT[\d:.]+Z/, String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`],
  [/^[a-z]{3,5}_[0-9a-z]{8,}/, "[a-z]{3,5}_[0-9a-z]+"],
  [/^\d[\d,.]* (?:B|KiB|MiB|GiB|bytes?)\b/, String.raw`\d[\d,.]* (?:B|KiB|MiB|GiB|bytes?)`],
  [/^\d[\d,.]* (?:ms|s|min)\b/, String.raw`\d[\d,.]* (?:ms|s|min)`],
  [/^\d[\d,.]*/, String.raw`\d[\d,.]*`],
  [/^\s+/, String.raw`\s+`],
  [/^…/, ".*"],
];

/** What a line of a page promises: its words to the letter; numbers, times, sizes, ids and the room between columns as they come. */
export function promiseOf(line: string): RegExp {
  let pattern = "";
  for (let rest = line.trimEnd(); rest !== ""; ) {
    const [found, by] = varying
      .map(([from, to]) => [from.exec(rest)?.[0], to] as const)
      .find(([text]) => text !== undefined) ?? [undefined, ""];
    pattern += found === undefined ? RegExp.escape(rest[0] ?? "") : by;
    rest = rest.slice(found?.length ?? 1);
  }
  return new RegExp(`^${pattern}\\s*$`, "m");
}

/** The lines of a page that a command did not print, in words. */
export function brokenPromises({ command, lines }: Shown, output: string): string[] {
  return lines
    .filter((line) => line.trim() !== "" && line.trim() !== "…")
    .filter((line) => !promiseOf(line).test(output))
    .map((line) => `${command} did not print ${JSON.stringify(line)}`);
}
