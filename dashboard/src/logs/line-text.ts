import { cutOff, piecesOf } from "./ansi.ts";
import { linksIn, type Part } from "./links.ts";

/** A stretch of a line as it is shown: of one look, perhaps a link. */
interface Stretch extends Part {
  class: string;
}

/** A line as it is shown; nothing of it is ever markup. */
export function stretchesOf(line: string): Stretch[] {
  return piecesOf(line).flatMap((piece) =>
    piece.href === undefined
      ? linksIn(piece.text).map((part) => ({ ...part, class: piece.class }))
      : [{ text: piece.text, class: piece.class, href: piece.href }],
  );
}

/**
 * Puts a line into an element. What stands there is used again: a log that is dragged through shows thousands of other lines a second, and making and
 * dropping their nodes took longer than a frame. `cut` says how many characters are left out.
 */
export function showLine(element: HTMLElement, line: string, cut: (count: number) => string): void {
  const stretches = stretchesOf(line);
  const missing = cutOff(line);
  if (missing > 0) stretches.push({ text: ` ${cut(missing)}`, class: "text-muted italic" });
  stretches.forEach((stretch, at) => {
    const there = element.childNodes[at];
    if (there === undefined) element.append(made(stretch));
    else if (!isShownBy(there, stretch)) there.replaceWith(made(stretch));
  });
  while (element.childNodes.length > stretches.length) element.lastChild?.remove();
}

/** Changes a node into one that shows a stretch; false: it cannot. */
function isShownBy(node: ChildNode, { text, class: look, href }: Stretch): boolean {
  if (href !== undefined) return false;
  if (node instanceof Text) {
    if (look !== "") return false;
    if (node.data !== text) node.data = text;
    return true;
  }
  if (look === "" || !(node instanceof HTMLSpanElement) || !(node.firstChild instanceof Text)) return false;
  if (node.className !== look) node.className = look;
  if (node.firstChild.data !== text) node.firstChild.data = text;
  return true;
}

function made({ text, class: look, href }: Stretch): Node {
  if (href === undefined && look === "") return document.createTextNode(text);
  const element = document.createElement(href === undefined ? "span" : "a");
  element.className = href === undefined ? look : `${look} underline`;
  // An empty line has a node too: it is used again.
  element.append(document.createTextNode(text));
  if (href === undefined) return element;
  element.setAttribute("href", href);
  // Its text may say something else.
  if (href !== text) element.setAttribute("title", href);
  element.setAttribute("target", "_blank");
  element.setAttribute("rel", "noopener noreferrer nofollow");
  return element;
}
