/** What the engine writes numbers, times and counts with. To make one takes longer than to show a row of a list, so each is made once. */
const made = new Map<string, unknown>();

function once<F>(kind: string, language: string, options: object, make: () => F): F {
  const key = `${kind} ${language} ${JSON.stringify(options)}`;
  // Under a kind's key stands what that kind made.
  const found = made.get(key) as F | undefined;
  if (found !== undefined) return found;
  const format = make();
  made.set(key, format);
  return format;
}

/** How a language writes numbers. */
export const numberFormat = (language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat =>
  once("number", language, options, () => new Intl.NumberFormat(language, options));

/** How a language writes times, in the reader's zone unless the options have another. */
export const timeFormat = (language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  once("time", language, options, () => new Intl.DateTimeFormat(language, options));

/** How a language says how long ago something was. */
export const agoFormat = (language: string): Intl.RelativeTimeFormat =>
  once(
    "ago",
    language,
    {},
    () => new Intl.RelativeTimeFormat(language, { numeric: "always", style: "short" }),
  );

/** Which form of a word a language has for a count. */
export const countForms = (language: string): Intl.PluralRules =>
  once("count", language, {}, () => new Intl.PluralRules(language));
