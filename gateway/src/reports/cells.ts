/** A value of a report. */
export type Cell = string | number | null;

/** A cell of CSV (RFC 4180). What a spreadsheet would calculate begins with an apostrophe, as OWASP asks for. */
export function csvCell(value: Cell): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of CSV with its end. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A text as it stands in HTML. */
export function htmlText(value: Cell): string {
  return value === null ? "" : String(value).replace(/[&<>"]/g, (one) => entities[one] ?? one);
}
