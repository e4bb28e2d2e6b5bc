const heading = /^## (.+)$/gm;
const next = "Unreleased";

/** What the changelog says under a heading, such as `Unreleased` or a version without its date; null: it has no such heading. */
export function sectionOf(changelog: string, name: string): string | null {
  const headings = [...changelog.matchAll(heading)];
  const at = headings.findIndex(([, words = ""]) => words === name || words.startsWith(`${name} - `));
  const found = headings[at];
  if (found === undefined) return null;
  return changelog.slice(found.index + found[0].length, headings[at + 1]?.index).trim();
}

/** The changelog once what is unreleased is a release of this day (`2026-01-31`): its entries under the version, and nothing unreleased. */
export function withRelease(changelog: string, version: string, day: string): string {
  return changelog.replace(`## ${next}\n`, `## ${next}\n\n## ${version} - ${day}\n`);
}

/** Why a version cannot be released by this changelog; null: it can. */
export function faultOfChangelog(changelog: string, version: string): string | null {
  if (sectionOf(changelog, version) !== null) return `CHANGELOG.md has a section "${version}" already`;
  const entries = sectionOf(changelog, next);
  if (entries === null) return `CHANGELOG.md has no section "## ${next}"`;
  return entries === "" ? `CHANGELOG.md says nothing under "## ${next}": there is nothing to release` : null;
}
