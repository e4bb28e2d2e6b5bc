/** A place in the user's own code. */
export interface Place {
  file: string;
  line: number;
  column?: number;
}

const around = 2;
const widest = 160;

/** The lines around a place, the one that is meant marked; empty when the text has no such line. */
export function codeFrame(text: string, { line, column }: Omit<Place, "file">): string {
  const lines = text.split(/\r?\n/);
  if (line < 1 || line > lines.length) return "";
  const first = Math.max(1, line - around);
  const last = Math.min(lines.length, line + around);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const source = (lines[number - 1] ?? "").slice(0, widest);
    shown.push(`${number === line ? "→" : " "} ${String(number).padStart(width)} │ ${source}`.trimEnd());
    if (number === line && column !== undefined && column >= 1 && column <= widest) {
      const indent = source.slice(0, column - 1).replace(/[^\t]/g, " ");
      shown.push(`  ${" ".repeat(width)} │ ${indent}^`);
    }
  }
  return shown.join("\n");
}

/** The place that a failure names: its first words `file:line`, or the last line of its trace that names one of these files. */
export function placeIn(message: string, log: string, files: readonly string[]): Place | null {
  const head = /^(.+?):(\d+): (.*)$/s.exec(message);
  const file = head?.[1];
  if (file === undefined || !files.includes(file)) return null;
  const line = Number(head?.[2]);
  const exact = new RegExp(`(?<![\\w/.])${escaped(file)}:${line}:(\\d+)`).exec(`${head?.[3]}\n${log}`);
  return exact === null ? { file, line } : { file, line, column: Number(exact[1]) };
}

/** A failure's text without the place before it, however often it stands there. */
export function withoutPlace(message: string, { file, line }: Place): string {
  const where = new RegExp(`(^|: )${escaped(file)}:${line}(:\\d+)?: `, "g");
  return message.replace(where, "$1");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
