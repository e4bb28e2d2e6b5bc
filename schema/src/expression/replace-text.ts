import type { Work } from "./work.ts";

/** `text.replace(wanted, by)` or `replaceAll`, with the `$` patterns of JavaScript, counted while it is made. */
export function replaceText(text: string, wanted: string, by: string, all: boolean, work: Work): string {
  work.search(text.length, wanted.length);
  const pieces = piecesOf(by);
  const parts: string[] = [];
  let length = 0;
  let from = 0;
  function add(part: string): void {
    length += part.length;
    work.text(part.length);
    work.fits(length);
    parts.push(part);
  }
  let at = text.indexOf(wanted);
  while (at !== -1) {
    add(text.slice(from, at));
    for (const piece of pieces) {
      work.spend(1);
      if (piece === "$&") add(wanted);
      else if (piece === "$`") add(text.slice(0, at));
      else if (piece === "$'") add(text.slice(at + wanted.length));
      else add(piece === "$$" ? "$" : piece);
    }
    work.spend(1);
    from = at + wanted.length;
    if (!all) break;
    const next = wanted === "" ? at + 1 : from;
    at = next > text.length ? -1 : text.indexOf(wanted, next);
  }
  add(text.slice(from));
  work.text(length);
  return parts.join("");
}

/** A replacement cut up into `$$`, `$&`, `` $` ``, `$'` and the stretches between them. */
function piecesOf(by: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let at = by.indexOf("$"); at !== -1; at = by.indexOf("$", at)) {
    const next = by[at + 1];
    if (next === "$" || next === "&" || next === "`" || next === "'") {
      if (at > from) pieces.push(by.slice(from, at));
      pieces.push(by.slice(at, at + 2));
      from = at + 2;
      at = from;
    } else at++;
  }
  if (from < by.length) pieces.push(by.slice(from));
  return pieces;
}
