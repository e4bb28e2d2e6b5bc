import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { archiveMost, openArchive } from "./open-archive.ts";
import { readFiles } from "./read-files.ts";
import { repositoryArchive } from "./repository.suite.ts";

const commit = "c".repeat(40);
const open = async (files: Record<string, string>, folder = "ops") =>
  await openArchive(new Uint8Array(gzipSync(repositoryArchive(files, commit))), folder, "git.example.test");
const pathsOf = async (files: Record<string, string>, folder?: string) => {
  const archive = await open(files, folder);
  expect(archive.commit).toBe(commit);
  return archive.files.map(({ path }) => path).sort();
};

const repository = {
  "README.md": "a shop",
  "ops/notes.md": "",
  "ops/functions/a/pulse.jsonc": "{}",
  "ops/functions/a/lib/x.ts": "",
  "ops/workflows/one.yaml": "steps: []",
  "ops/workflows/readme.md": "",
  "ops/workflows/more/two.yaml": "steps: []",
  "shared/b/pulse.jsonc": "{}",
  "shared/extra.json": "{}",
};

test("of a repository only what the folder names is kept", async () => {
  expect(await pathsOf({ ...repository, "ops/pulse.yaml": "" })).toEqual([
    ...[
      "ops/functions/a/lib/x.ts",
      "ops/functions/a/pulse.jsonc",
      "ops/pulse.yaml",
      "ops/workflows/one.yaml",
    ],
  ]);
  const listed = "functions: [../shared/b]\nworkflows: [workflows/more, ../shared/extra.json]";
  expect(await pathsOf({ ...repository, "ops/pulse.yaml": listed })).toEqual([
    ...["ops/pulse.yaml", "ops/workflows/more/two.yaml", "shared/b/pulse.jsonc", "shared/extra.json"],
  ]);
  expect(await pathsOf({ ...repository, "ops/pulse.yaml": "functions: 7" })).toEqual(["ops/pulse.yaml"]);
  expect(await pathsOf(repository)).toEqual([]);
});

test("an archive of too many bytes or files, or that is no tar.gz, is refused in words", async () => {
  const zeros = "\0".repeat(archiveMost.unpacked);
  await expect(open({ "pulse.yaml": "", zeros })).rejects.toMatchObject({
    ...{
      code: "repository_unreadable",
      message: "the archive of the repository unpacks to more than 48 MiB",
    },
    extras: { hint: expect.stringContaining("pulse apply") },
  });
  const many = Object.fromEntries(Array.from({ length: archiveMost.files + 1 }, (_, i) => [`f${i}`, ""]));
  await expect(open(many)).rejects.toThrow("at most 10000 files");
  const noise = openArchive(new Uint8Array(randomBytes(1000)), "", "git.example.test");
  await expect(noise).rejects.toMatchObject({ message: "what git.example.test sent is no tar.gz" });
});

test("settings and a pulse.yaml that nest too deep, or are too much, are told with their place", async () => {
  const wrongOf = async (files: Record<string, string>) => {
    const { files: kept, layout } = await open(files, "");
    const read = readFiles(kept, "", layout);
    return "wrong" in read ? read.wrong.map(({ path, message }) => `${path}: ${message}`) : [];
  };
  const lines = Array.from({ length: 1400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
  expect(await wrongOf({ "pulse.yaml": lines })).toEqual(["pulse.yaml: nests deeper than 100 levels"]);
  const settings = async (text: string) =>
    await wrongOf({ "pulse.yaml": "", "functions/a/pulse.jsonc": text });
  const [place] = ["functions/a/pulse.jsonc"];
  expect(await settings("[".repeat(100_000))).toEqual([`${place}: nests deeper than 50 levels`]);
  expect(await settings(`[${"1,".repeat(30_000)}1]`)).toEqual([
    `${place}: has more than 20000 values and names`,
  ]);
  expect(await settings(" ".repeat(300_000))).toEqual([
    `${place}: must have at most 262144 characters, has 300000`,
  ]);
});
