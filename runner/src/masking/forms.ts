import { maskedLeastChars } from "@pulse/schema/secret";

/**
 * The ways in which a secret may be written in a text: as it is, line by line; escaped as in JSON, once and twice; in an address; in base64 wherever it
 * begins in what was encoded, with both alphabets; in hex. What is shorter than four characters is left out: it would hide ordinary words.
 */
export function formsOf(value: string): Set<string> {
  const forms = new Set<string>();
  const lines = value.split(/\r\n|\r|\n/);
  for (const line of lines) {
    forms.add(line);
    forms.add(line.trim());
  }
  for (const part of new Set([value, ...lines])) {
    if (part.length < maskedLeastChars) continue;
    for (const form of [...escaped(part), ...inAddresses(part), ...inBase64(part), ...inHex(part)])
      forms.add(form);
  }
  for (const form of forms) if (form.length < maskedLeastChars || form.includes("\n")) forms.delete(form);
  return forms;
}

function escaped(text: string): string[] {
  const once = JSON.stringify(text).slice(1, -1);
  const ascii = once.replace(
    /[\u0080-\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const slashes = once.replaceAll("/", "\\/");
  return [once, ascii, slashes, JSON.stringify(once).slice(1, -1), JSON.stringify(ascii).slice(1, -1)];
}

function inAddresses(text: string): string[] {
  // What is no well-formed text has no such form.
  if (!text.isWellFormed()) return [];
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const upper = [
    component,
    strict,
    strict.replaceAll("%2F", "/"),
    strict.replaceAll("%20", "+"),
    encodeURI(text),
  ];
  return upper.flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase())]);
}

/**
 * Three bytes are four characters: of what stands in the middle of something else, the first and last characters depend on its neighbours. What was encoded
 * by itself ends as it does.
 */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  const inside = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const from = Math.ceil((before * 8) / 6);
    return whole.slice(from, Math.floor(((before + bytes.length) * 8) / 6));
  });
  const alone = bytes.toString("base64");
  return [...inside, alone, alone.replace(/=+$/, "")].flatMap((one) => [
    one,
    one.replaceAll("+", "-").replaceAll("/", "_"),
  ]);
}

function inHex(text: string): string[] {
  const hex = Buffer.from(text).toString("hex");
  return [hex, hex.toUpperCase()];
}
