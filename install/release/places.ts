/** A file of the repository that names the version, and where in it: the text before each version, which stands in a group of its own. */
export interface Place {
  path: string;
  before: RegExp;
}

const inManifest = /^ {2}"version": "/;
const inImage = /pulse-(?:gateway|runner|typescript|python):/;

/** Every place that names the version of a release. What programs need of it they have from `schema/src/version.ts`. */
export const places: readonly Place[] = [
  ...["", "schema/", "gateway/", "runner/", "cli/", "dashboard/", "site/"].map((folder) => ({
    path: `${folder}package.json`,
    before: inManifest,
  })),
  { path: "schema/src/version.ts", before: /pulseVersion = "/ },
  { path: "install/compose.yaml", before: inImage },
  { path: "install/.env.example", before: inImage },
  { path: "install/helm/pulse/Chart.yaml", before: /^(?:version: |appVersion: ")/ },
  { path: "install/helm/pulse/values.yaml", before: inImage },
  { path: "docs/install.md", before: inImage },
  { path: "docs/install.es.md", before: inImage },
];

const version = /\d+\.\d+\.\d+(?:-[0-9a-z.]+)?/;

const versionsIn = (before: RegExp) => new RegExp(`(${before.source})(${version.source})`, "gm");

/** The versions that a file of this place names, in their order. */
export function versionsOf(text: string, { before }: Place): string[] {
  return [...text.matchAll(versionsIn(before))].map(([, , found = ""]) => found);
}

/** The text with each version of this place replaced. */
export function withVersion(text: string, { before }: Place, next: string): string {
  return text.replace(versionsIn(before), (_, kept: string) => `${kept}${next}`);
}

/** Whether `text` is a version of a release, by Semantic Versioning 2.0.0 without build metadata. */
export function isVersion(text: string): boolean {
  return new RegExp(`^${version.source}$`).test(text) && !/(^|[.-])0\d/.test(text);
}
