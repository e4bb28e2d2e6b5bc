const fence = /^(`{3,}|~{3,})/;

/** A line of a page: whether it belongs to a fenced block, as its fences do, and whether it opens or closes one. */
export interface Line {
  line: string;
  isCode: boolean;
  edge: "opens" | "closes" | null;
}

/** The lines of a page. */
export function linesOf(text: string): Line[] {
  let open: string | null = null;
  return text.split("\n").map((line) => {
    const mark = fence.exec(line.trimStart())?.[1] ?? null;
    if (open === null) {
      open = mark;
      return { line, isCode: mark !== null, edge: mark === null ? null : "opens" };
    }
    if (mark === null || line.trim() !== mark || !mark.startsWith(open)) {
      return { line, isCode: true, edge: null };
    }
    open = null;
    return { line, isCode: true, edge: "closes" };
  });
}

/** The text of a page's first heading, without marks of code. */
export function titleOf(text: string): string {
  const line = linesOf(text).find((one) => !one.isCode && one.line.startsWith("# "))?.line;
  if (line === undefined) throw new Error("a page has no heading of the first level");
  return line.slice(2).replaceAll("`", "").trim();
}

/** The first sentence of a page that is neither heading, list nor note, without marks; "" when there is none. */
export function firstSentence(text: string): string {
  const lines = linesOf(text);
  const begin = lines.findIndex(
    ({ line, isCode }) => !isCode && /^[\p{L}`*]/u.test(line) && !/^Made from|^Hecha a/.test(line),
  );
  if (begin < 0) return "";
  const rest = lines.slice(begin);
  const end = rest.findIndex(({ line, isCode }) => isCode || line === "");
  const paragraph = rest.slice(0, end < 0 ? rest.length : end).map(({ line }) => line.trim());
  const plain = paragraph
    .join(" ")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*\*|`/g, "");
  return /^.*?\.(?= |$)/.exec(plain)?.[0] ?? plain;
}

/** The anchor of a heading as code hosts make it; `seen` counts those before it on its page. */
export function slugOf(heading: string, seen: Map<string, number> = new Map()): string {
  const bare = heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
  const before = seen.get(bare) ?? 0;
  seen.set(bare, before + 1);
  return before === 0 ? bare : `${bare}-${before}`;
}

/** All anchors of a page. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = linesOf(text).flatMap(({ line, isCode }) =>
    isCode ? [] : (/^#{1,6} (.*)$/.exec(line)?.slice(1) ?? []),
  );
  return new Set(headings.map((heading) => slugOf(heading, seen)));
}

const link = /\[((?:[^\][]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;

/** Replaces the links of a page that are not in code; `put` is given text and target, and returns what stands there instead. */
export function replaceLinks(text: string, put: (label: string, target: string) => string): string {
  return linesOf(text)
    .map(({ line, isCode }) =>
      isCode
        ? line
        : line.replace(link, (whole, label: string, target: string, at: number) => {
            const isInCode = (line.slice(0, at).match(/`/g)?.length ?? 0) % 2 === 1;
            return isInCode ? whole : put(label, target);
          }),
    )
    .join("\n");
}

/** A fenced block: its language, the file that it is (null: none), and its lines. */
export interface Block {
  language: string;
  file: string | null;
  text: string;
}

/** The fenced blocks of a page in their order. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  for (const { line, isCode, edge } of linesOf(text)) {
    const [, language = "", file] = edge === "opens" ? (/^\W*(\w*) ?(.*)$/.exec(line) ?? []) : [];
    const block = blocks.at(-1);
    if (edge === "opens") blocks.push({ language, file: file || null, text: "" });
    else if (isCode && edge === null && block !== undefined) block.text += `${line}\n`;
  }
  return blocks;
}
