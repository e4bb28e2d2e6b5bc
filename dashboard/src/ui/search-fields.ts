/** Reads one parameter of an address; undefined where it does not fit. */
export type SearchField<T> = (text: string) => T | undefined;

/** A text of at most so many characters. */
export function textUpTo(most: number): SearchField<string> {
  return (text) => (text.length <= most ? text : undefined);
}

/** One of these words. */
export function oneOf<const T extends string>(words: readonly T[]): SearchField<T> {
  return (text) => words.find((word) => word === text);
}

/** Several of these words, joined by commas. */
export function someOf<const T extends string>(words: readonly T[]): SearchField<string[]> {
  const isKnown = (text: string) => words.some((word) => word === text);
  return (text) => (text.split(",").every(isKnown) ? text.split(",") : undefined);
}

/** A whole number from 1 on. */
export const positiveNumber: SearchField<number> = (text) => {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 1 ? value : undefined;
};
