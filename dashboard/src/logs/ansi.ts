import Anser from "anser";

/** A stretch of text of one look. */
export interface Piece {
  text: string;
  class: string;
}

const shownMost = 4000;
// Whatever else a terminal would obey: cursor moves, titles, links. Colours are what anser reads.
const otherEscapes =
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b\[[0-9;?]*[A-LN-Za-ln-z]|\u001b[()][A-Z0-9]/g;
const controls = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** A log line as pieces to be shown as text: colours become classes, and nothing in it is ever markup. Of a very long line the beginning. */
export function piecesOf(line: string): Piece[] {
  const text = line.slice(0, shownMost).replace(otherEscapes, "").replace(controls, "\ufffd");
  if (!text.includes("\u001b")) return [{ text, class: "" }];
  return Anser.ansiToJson(text, { use_classes: true, json: true, remove_empty: true }).map((part) => ({
    text: part.content.replaceAll("\u001b", "\ufffd"),
    class: [
      colour(part.fg),
      part.bg === null ? "" : `${colour(part.bg)}-bg`,
      ...part.decorations.map((one) =>
        one === "bold" || one === "dim" || one === "italic" || one === "underline" ? `ansi-${one}` : "",
      ),
    ]
      .filter((one) => one !== "" && one !== "-bg")
      .join(" "),
  }));
}

/** How many characters of a line are not shown. */
export function cutOff(line: string): number {
  return Math.max(0, line.length - shownMost);
}

function colour(name: string | null): string {
  if (name === null) return "";
  // The 256 colours and true colours are shown as the text colour: a class for each would be a stylesheet of its own.
  return /^ansi-(bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/.test(name) ? name : "";
}
