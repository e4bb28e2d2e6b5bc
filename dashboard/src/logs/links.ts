/** A stretch of text; with `href` it is a link. */
export interface Part {
  text: string;
  href?: string;
}

const address = /https?:\/\/[^\s"'<>`\\^{|}]+/gi;
/** What stands behind an address in a sentence and is none of it. */
const behind = /[.,;:!?)\]]+$/;

/** Web addresses in a text, for links; nothing but `http` and `https` becomes one. */
export function linksIn(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of text.matchAll(address)) {
    const href = balanced(found[0]);
    if (!URL.canParse(href)) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    parts.push({ text: href, href });
    end = found.index + href.length;
  }
  if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end) });
  return parts;
}

/** Without what the sentence put behind it; a bracket that was opened in the address is its own. */
function balanced(found: string): string {
  const cut = found.replace(behind, "");
  return found[cut.length] === ")" && cut.split("(").length > cut.split(")").length ? `${cut})` : cut;
}
