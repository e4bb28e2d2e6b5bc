import Anser from "anser";
import { classOf } from "./ansi-colour.ts";

/** A stretch of text of one look. */
export interface Piece {
  text: string;
  class: string;
  /** Where it leads, when the line says so. */
  href?: string;
}

const shownMost = 4000;
const addressMost = 2000;
// Whatever else a terminal would obey: cursor moves, titles. Colours are what anser reads.
const otherEscapes =
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b\[[0-9;?]*[A-LN-Za-ln-z]|\u001b[()][A-Z0-9]/g;
const controls = /[\u0000\u0002-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;
/** A link of a terminal (OSC 8) begins, or ends where it names nothing. */
const linkMarks = /\u001b\]8;[^;\u0007\u001b]*;([^\u0007\u001b]*)(?:\u0007|\u001b\\)/g;

/** Stands for a mark of a link while colours are read, which go on over it. */
const mark = "\u0001";

/** A log line as pieces to be shown as text: colours become classes, and nothing in it is ever markup. Of a very long line the beginning. */
export function piecesOf(line: string): Piece[] {
  const whole = line.slice(0, shownMost).replaceAll(mark, "\ufffd");
  if (!whole.includes("\u001b")) return [{ text: clean(whole), class: "" }];
  const links: (string | null)[] = [];
  const text = whole.replace(linkMarks, (_, address: string) => {
    links.push(linkTo(address));
    return mark;
  });
  let href: string | null = null;
  const parts = Anser.ansiToJson(clean(text), { use_classes: true, json: true, remove_empty: true });
  return parts.flatMap((part) => {
    const look = lookOf(part);
    return part.content
      .replaceAll("\u001b", "\ufffd")
      .split(mark)
      .flatMap((some, at) => {
        if (at > 0) href = links.shift() ?? null;
        return some === "" ? [] : [{ text: some, class: look, ...(href === null ? {} : { href }) }];
      });
  });
}

const clean = (text: string) => text.replace(otherEscapes, "").replace(controls, "\ufffd");

/** Where a link of a terminal leads; null: it is no web address. */
function linkTo(address: string): string | null {
  const isWeb = /^https?:\/\//i.test(address) && address.length <= addressMost && URL.canParse(address);
  return isWeb ? address : null;
}

type Part = ReturnType<typeof Anser.ansiToJson>[number];

function lookOf({ fg, bg, fg_truecolor, bg_truecolor, decorations }: Part): string {
  const behind = classOf(bg, bg_truecolor);
  const shown = ["bold", "dim", "italic", "underline"];
  return [
    classOf(fg, fg_truecolor),
    behind === "" ? "" : `${behind}-bg`,
    ...decorations.flatMap((one) => (shown.includes(one) ? `ansi-${one}` : [])),
  ]
    .filter((one) => one !== "")
    .join(" ");
}

/** How many characters of a line are not shown. */
export function cutOff(line: string): number {
  return Math.max(0, line.length - shownMost);
}
