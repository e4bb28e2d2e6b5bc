/** What can be chosen: its words, and others under which it is looked for. */
export interface Findable {
  id: string;
  text: string;
  also?: string;
}

/** Letters without accents and case, so that "ejecucion" finds "Ejecución". */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** How well words fit: 0 does not; more when the text begins with them, or a word of it does. */
export function fitOf({ text, also = "" }: Findable, asked: string): number {
  const whole = plain(text);
  const wanted = plain(asked).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return 1;
  const words = `${whole} ${plain(also)}`;
  if (!wanted.every((one) => words.includes(one))) return 0;
  if (whole.startsWith(wanted.join(" "))) return 4;
  if (wanted.every((one) => ` ${whole}`.includes(` ${one}`))) return 3;
  return wanted.every((one) => whole.includes(one)) ? 2 : 1;
}

/** What fits the words, the best first; of those that fit alike, and without words, what was chosen lately comes first, else the order stays. */
export function ranked<T extends Findable>(all: readonly T[], asked: string, recent: readonly string[]): T[] {
  const lately = ({ id }: T) => {
    const at = recent.indexOf(id);
    return at === -1 ? recent.length : at;
  };
  return all
    .map((one) => ({ one, fit: fitOf(one, asked) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit || lately(a.one) - lately(b.one))
    .map(({ one }) => one);
}
