/** Of the sixteen colours those that have a hue, by the angle of it in degrees. */
const hues = [
  ["red", 0],
  ["yellow", 55],
  ["green", 120],
  ["cyan", 180],
  ["blue", 230],
  ["magenta", 300],
  ["red", 360],
] as const;

/** Levels of red, green and blue in the cube of 6 × 6 × 6 that colours 16 to 231 of 256 are. */
const levels = [0, 95, 135, 175, 215, 255] as const;

/**
 * The class of a colour as anser names it: one of the sixteen, `ansi-palette-208`, or `ansi-truecolor` with its parts (`255, 135, 0`). The many are shown
 * as the one of the sixteen that is nearest by hue: those can be read on every theme. Greys between black and white are dim; empty: the text's own colour.
 */
export function classOf(name: string | null, parts: string | null): string {
  if (name === null) return "";
  if (/^ansi-(bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/.test(name)) return name;
  const [red, green, blue] =
    name === "ansi-truecolor"
      ? (parts ?? "").split(",").map(Number)
      : partsOf(Number(/^ansi-palette-(\d+)$/.exec(name)?.[1] ?? Number.NaN));
  if (red === undefined || green === undefined || blue === undefined) return "";
  if (![red, green, blue].every((part) => part >= 0 && part <= 255)) return "";
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  if (most - least < 40) return most > 40 && most < 200 ? "ansi-bright-black" : "";
  const angle = hueOf(red, green, blue);
  const [nearest] = [...hues].sort(([, one], [, other]) => Math.abs(one - angle) - Math.abs(other - angle));
  return nearest === undefined ? "" : `ansi-${nearest[0]}`;
}

/** Red, green and blue, 0 to 255, of a colour among 16 to 255. */
function partsOf(index: number): number[] {
  if (!(index >= 16 && index <= 255)) return [];
  if (index >= 232) return Array.from({ length: 3 }, () => 8 + (index - 232) * 10);
  const place = index - 16;
  return [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((level) => levels[level] ?? 0);
}

/** The angle of a colour's hue in degrees, 0 to 360. */
function hueOf(red: number, green: number, blue: number): number {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const range = most - least;
  if (most === red) return (((green - blue) / range) * 60 + 360) % 360;
  return most === green ? ((blue - red) / range) * 60 + 120 : ((red - green) / range) * 60 + 240;
}
