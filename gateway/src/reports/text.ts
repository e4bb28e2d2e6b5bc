import { type Cell, csvLine, htmlText } from "./cells.ts";
import { reportWordsIn } from "./words.ts";

/** What a report is of. */
export interface About {
  kind: string;
  project: string;
  columns: readonly string[];
  since: string;
  until: string;
  /** Before this retention may have removed something; null: nothing was. */
  completeSince: string | null;
  madeAt: string;
  /** Of the page's words. */
  language: "en" | "es";
}

type Pages = AsyncIterable<readonly (readonly Cell[])[]>;

/** A report as CSV: its columns, then a line for each row. */
export async function* csvOf({ columns }: About, pages: Pages): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const rows of pages) yield rows.map(csvLine).join("");
}

/** A report as one JSON object a line. */
export async function* ndjsonOf({ columns }: About, pages: Pages): AsyncGenerator<string> {
  for await (const rows of pages) {
    let text = "";
    for (const row of rows) {
      text += `${JSON.stringify(Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])))}\n`;
    }
    yield text;
  }
}

const style = `body{font:14px/1.45 system-ui,sans-serif;margin:2rem;color:#111;background:#fff}h1{font-size:1.4rem;margin:0 0 .25rem}
table{border-collapse:collapse;width:100%;font-size:12px}caption{text-align:left;padding:.5rem 0}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #bbb;overflow-wrap:anywhere}th{white-space:nowrap}
.gap{border-left:4px solid #a40;padding-left:.75rem}@media print{@page{size:landscape;margin:12mm}body{margin:0}thead{display:table-header-group}tr{break-inside:avoid}}`;

/** A report as a page to print; heads stand on each sheet again. Needs no script. */
export async function* pageOf(about: About, pages: Pages): AsyncGenerator<string> {
  const { kind, project, columns, since, until, completeSince, madeAt, language } = about;
  const words = reportWordsIn(language);
  const title = `${htmlText(project)}: ${htmlText(kind)}`;
  yield `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1><p>${htmlText(filled(words.period, { since, until, madeAt }))}</p>`;
  if (completeSince !== null && completeSince > since)
    yield `<p class="gap">${htmlText(filled(words.gap, { since: completeSince }))}</p>`;
  yield `<table><thead><tr>${columns.map((name) => `<th scope="col">${htmlText(name)}</th>`).join("")}</tr></thead><tbody>`;
  let count = 0;
  for await (const rows of pages) {
    count += rows.length;
    yield rows
      .map((row) => `<tr>${row.map((cell) => `<td>${htmlText(cell)}</td>`).join("")}</tr>\n`)
      .join("");
  }
  const total = filled(count === 0 ? words.none : count === 1 ? words.one : words.other, { count });
  yield `</tbody></table><p>${htmlText(total)}</p></main></body></html>\n`;
}

/** Fills the `{name}` places of a text. */
function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
