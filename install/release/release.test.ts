import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pulseVersion } from "@pulse/schema/version";
import { isLater } from "@pulse/schema/version-order";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packFolder, writeSums } from "./archives.ts";
import { sectionOf } from "./changelog.ts";
import { isVersion, places, versionsOf } from "./places.ts";
import { prepareRelease, versionOf } from "./prepare.ts";

const repository = new URL("../..", import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-release-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a release changes, as it stands here, in a folder of the test. */
function copyPlaces(changelog: string): void {
  for (const { path } of places) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(repository, path), join(folder, path));
  }
  writeFileSync(join(folder, "CHANGELOG.md"), changelog);
}
const read = (path: string) => readFileSync(join(folder, path), "utf8");

test("every place of this repository names the version that the programs have", () => {
  expect(versionOf(repository)).toBe(pulseVersion);
});

test("no image is named with a version anywhere else", () => {
  const named = `pulse-(gateway|runner|typescript|python):${pulseVersion.replaceAll(".", "\\.")}`;
  const tracked = ["grep", "-lE", named, "--", ":!*.test.ts", ":!docs/decisions"];
  const found = execFileSync("git", tracked, { cwd: repository, encoding: "utf8" }).trim().split("\n");
  expect(found.filter((path) => !places.some((place) => place.path === path))).toEqual([]);
});

test("a release changes every place and the changelog, and nothing else", () => {
  copyPlaces("# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.0.9 - 2026-01-01\n\n- Old.\n");
  const before = Object.fromEntries(places.map(({ path }) => [path, read(path)]));
  const changed = prepareRelease(folder, "9.8.7-rc.1", "2026-01-31");
  expect(changed.toSorted()).toEqual([...new Set(places.map(({ path }) => path)), "CHANGELOG.md"].sort());
  expect(versionOf(folder)).toBe("9.8.7-rc.1");
  for (const place of places) {
    const [was, is] = [before[place.path] ?? "", read(place.path)];
    expect(is.replaceAll("9.8.7-rc.1", pulseVersion), place.path).toBe(was);
    expect(versionsOf(is, place).length).toBe(versionsOf(was, place).length);
  }
  expect(read("CHANGELOG.md")).toBe(
    "# Changelog\n\n## Unreleased\n\n## 9.8.7-rc.1 - 2026-01-31\n\n- New.\n\n## 0.0.9 - 2026-01-01\n\n- Old.\n",
  );
  expect(sectionOf(read("CHANGELOG.md"), "9.8.7-rc.1")).toBe("- New.");
  expect(sectionOf(read("CHANGELOG.md"), "9.8.7")).toBeNull();
});

test("the first release has the version that was there from the beginning", () => {
  copyPlaces("# Changelog\n\n## Unreleased\n\n- All of it.\n");
  expect(prepareRelease(folder, pulseVersion, "2026-01-31")).toEqual(["CHANGELOG.md"]);
  expect(() => prepareRelease(folder, pulseVersion, "2026-01-31")).toThrow("does not come after");
});

test.each([
  ["a word", "next", "## Unreleased\n\n- New.\n", "a version is like 0.2.0 or 0.2.0-rc.1, got next"],
  ["a leading zero", "01.2.3", "## Unreleased\n\n- New.\n", "a version is like"],
  ["what comes before", "0.0.1", "## Unreleased\n\n- New.\n", `0.0.1 does not come after ${pulseVersion}`],
  ["nothing to tell", "9.0.0", "## Unreleased\n", "there is nothing to release"],
  ["no unreleased section", "9.0.0", "", 'no section "## Unreleased"'],
  ["a section of that name", "9.0.0", "## Unreleased\n\n- New.\n\n## 9.0.0 - 2026-01-01\n", "already"],
])("refused, with nothing changed: %s", (_, version, changelog, words) => {
  copyPlaces(changelog);
  expect(() => prepareRelease(folder, version, "2026-01-31")).toThrow(words);
  expect(versionOf(folder)).toBe(pulseVersion);
  expect(read("CHANGELOG.md")).toBe(changelog);
});

test("places that differ are said, each with what it names", () => {
  copyPlaces("## Unreleased\n\n- New.\n");
  writeFileSync(join(folder, "schema/src/version.ts"), 'export const pulseVersion = "0.0.7";\n');
  expect(() => prepareRelease(folder, "9.0.0", "2026-01-31")).toThrow("schema/src/version.ts: 0.0.7");
});

// The order that Semantic Versioning 2.0.0 gives as its example, in section 11, and numbers above nine.
test("versions come one after another as Semantic Versioning says", () => {
  const before = ["alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11", "rc.1"];
  const order = [...before.map((part) => `1.0.0-${part}`), "1.0.0", "1.0.10", "1.2.0", "1.10.0", "2.0.0"];
  for (const [i, one] of order.entries()) {
    expect(isVersion(one), one).toBe(true);
    for (const [j, other] of order.entries()) expect(isLater(one, other), `${one} ${other}`).toBe(i > j);
  }
});

test("an archive has the same bytes whenever it is made, and its sum is what sha256sum checks", async () => {
  const content = join(folder, "content");
  mkdirSync(join(content, "bin"), { recursive: true });
  writeFileSync(join(content, "bin/pulse"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(content, "LICENSE"), "Apache-2.0\n");
  const [one, other] = [join(folder, "one.tar.gz"), join(folder, "other.tar.gz")];
  await packFolder(content, one);
  writeFileSync(join(content, "LICENSE"), "Apache-2.0\n");
  await packFolder(content, other);
  expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
  await writeSums(folder, [one, other]);
  const check = () =>
    execFileSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: folder, stdio: "pipe" });
  expect(check().toString()).toBe("one.tar.gz: OK\nother.tar.gz: OK\n");
  writeFileSync(other, "damaged");
  expect(check).toThrow();
  const listed = execFileSync("tar", ["-tvf", one], { encoding: "utf8" });
  expect(listed).toMatch(/^-rwxr-xr-x 0\/0 .* \.\/bin\/pulse$/m);
});
