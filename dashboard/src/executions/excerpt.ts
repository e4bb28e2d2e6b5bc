/** A line of an excerpt; `isIt`: the one it is about. */
export interface ExcerptLine {
  number: number;
  text: string;
  isIt: boolean;
}

const around = 4;
const longestLine = 500;

/** The lines around one of a file; none when the file or the line is not there. */
export function excerptOf(
  files: readonly { path: string; text: string | null }[],
  file: string | undefined,
  line: number | undefined,
): ExcerptLine[] {
  if (file === undefined || line === undefined) return [];
  const found = files.find(({ path }) => path === file || path === file.replace(/^\.\//, ""));
  const lines = found?.text?.split("\n") ?? [];
  if (line < 1 || line > lines.length) return [];
  const from = Math.max(1, line - around);
  return lines.slice(from - 1, line + around).map((text, i) => ({
    number: from + i,
    text: text.slice(0, longestLine),
    isIt: from + i === line,
  }));
}
