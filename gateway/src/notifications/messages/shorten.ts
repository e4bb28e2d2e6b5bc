const sign = "…";

/** A text of at most so many UTF-16 units, cut between characters, with a sign where something is left out. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  if (most < sign.length) return "";
  return `${unbroken(text.slice(0, most - sign.length))}${sign}`;
}

/** A text that, written in another way, has at most so many units: what does not fit is left out before it is written, so that no escape is cut in two. */
export function shortenWritten(text: string, most: number, write: (part: string) => string): string {
  const whole = write(text);
  if (whole.length <= most) return whole;
  // The written length only grows with the text.
  let fits = 0;
  let tooMuch = text.length;
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2);
    if (write(shorten(text, middle)).length <= most) fits = middle;
    else tooMuch = middle;
  }
  const written = write(shorten(text, fits));
  return written.length <= most ? written : "";
}

/** A text of at most so many bytes of UTF-8. */
export function shortenBytes(text: string, most: number): string {
  if (bytesOf(text) <= most) return text;
  let fits = 0;
  let tooMuch = Math.min(text.length, most) + 1;
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2);
    if (bytesOf(shorten(text, middle)) <= most) fits = middle;
    else tooMuch = middle;
  }
  return shorten(text, fits);
}

/** One line without control characters: what stands in subjects and titles. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
}

/** Text without what would turn the reading order or hide parts of it. */
export function plain(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/(?!\n|\t)\p{Cc}/gu, "");
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function unbroken(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
