/** The language that a browser asks for first, if it is one of ours. */
export function languageOf(header: string | null): "en" | "es" {
  for (const part of (header ?? "").split(",")) {
    const name = part.trim().slice(0, 2).toLowerCase();
    if (name === "es" || name === "en") return name;
  }
  return "en";
}
