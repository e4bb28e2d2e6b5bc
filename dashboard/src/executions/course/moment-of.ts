/** A time of the API as epoch milliseconds. */
export function msOrNull(at: string | null): number | null {
  return at === null ? null : Date.parse(at);
}
