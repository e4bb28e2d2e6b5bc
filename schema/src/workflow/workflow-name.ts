const mostChars = 63;

/** The name under which a workflow is kept that people call something, `Check disk space` being `check-disk-space`; null: nothing of it may stand in a name. */
export function workflowNameOf(text: string): string | null {
  const name = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{Mark}/gu, "")
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, mostChars)
    .replace(/[-_]+$/, "");
  return name === "" ? null : name;
}
