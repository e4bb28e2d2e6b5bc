const units = [
  ["GB", 2 ** 30],
  ["MB", 2 ** 20],
  ["KB", 2 ** 10],
] as const;

/** Bytes as the settings write them: `256MB`. Reading it gives the same number of bytes again. */
export function sizeText(bytes: number): string {
  const [unit, size] = units.find(([, one]) => bytes >= one && bytes % one === 0) ?? ["B", 1];
  return `${bytes / size}${unit}`;
}

/** Settings as the gateway shows them in the form that it takes: sizes, shown in bytes, are text. */
export function writableSettings(shown: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, writable(name, value)]));
}

function writable(name: string, value: unknown): unknown {
  if (name === "memory") return asSize(value);
  if (name === "logs") return withSize(value, "max");
  if (name === "endpoint") return withSize(value, "maxBody");
  return value;
}

function withSize(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null || !(field in value)) return value;
  return { ...value, [field]: asSize((value as Record<string, unknown>)[field]) };
}

function asSize(value: unknown): unknown {
  return typeof value === "number" ? sizeText(value) : value;
}
