/** Where unsaved edits are kept in this browser. */
export const stored = "pulse.workflow-edits";
const keptMost = 20;

/** What somebody typed and did not save. */
export interface Edit {
  text: string;
  /** Of the definition that it began with; null: there was none. */
  etag: string | null;
  /** Of a workflow that is not there yet, what it shall be called. */
  name?: string;
  /** When it was last typed into, epoch milliseconds. */
  at: number;
}

/** All that is kept, by who typed it and of which workflow; what is not as it was written is left out. */
export function readEdits(text: string | null): Record<string, Edit> {
  try {
    const kept: unknown = JSON.parse(text ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).flatMap(([key, one]) => (isEdit(one) ? [[key, one]] : [])),
    );
  } catch {
    return {};
  }
}

function isEdit(one: unknown): one is Edit {
  if (typeof one !== "object" || one === null) return false;
  const { text, etag, name, at } = one as Record<string, unknown>;
  return (
    typeof text === "string" &&
    (etag === null || typeof etag === "string") &&
    (name === undefined || typeof name === "string") &&
    typeof at === "number"
  );
}

/** The same with one edit more, or without it; of very many the oldest go. */
export function noteEdit(
  all: Readonly<Record<string, Edit>>,
  key: string,
  edit: Edit | null,
): Record<string, Edit> {
  const others = Object.entries(all).filter(([one]) => one !== key);
  const next: [string, Edit][] = edit === null ? others : [...others, [key, edit]];
  return Object.fromEntries(next.sort(([, one], [, other]) => other.at - one.at).slice(0, keptMost));
}
