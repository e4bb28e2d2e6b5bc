/** `npm:name@range/path`, taken apart; null for what is none. */
export function readSpecifier(text: string): { name: string; range: string; path: string } | null {
  const match = /^npm:\/?((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)(?:@([\w.^~<>=|*+ -]+))?(\/.*)?$/.exec(text);
  if (match === null) return null;
  const [, name = "", range = "*", path = ""] = match;
  return { name, range, path };
}
