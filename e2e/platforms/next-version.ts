import { cp, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { pulseVersion } from "@pulse/schema/version";
import { protocolVersion } from "@pulse/schema/wire/runner-protocol";

/** What the later programs are called. */
export const nextVersion = "99.0.0";

const root = new URL("../..", import.meta.url).pathname;

/** What a later version of the programs would change: each is found in exactly one of the made files. */
const changes: readonly (readonly [find: string, put: string])[] = [
  [`var protocolVersion = ${protocolVersion};`, `var protocolVersion = ${protocolVersion + 1};`],
  [`var pulseVersion = "${pulseVersion}";`, `var pulseVersion = "${nextVersion}";`],
  // What a runner sends has more fields.
  [
    "body = JSON.stringify(input.body);",
    'body = JSON.stringify(target.path.startsWith("/runner/v1/") ? { ...input.body, later: { more: [1] } } : input.body);',
  ],
];
/** What a gateway answers to a runner gets more fields, and so does each job in it. */
const answers =
  /function bind\(app, deps, (\w+), handler\) \{[\s\S]*?return new Response\(JSON\.stringify\(body\), /;
const withMore = (found: string, endpoint: string) => {
  const jobs = "Array.isArray(body.jobs) ? { jobs: body.jobs.map((job) => ({ ...job, ...later })) } : {}";
  const put = `const later = ${endpoint}.path.startsWith("/runner/v1/") ? { later: { more: [1] } } : {};
    return new Response(JSON.stringify(later.later ? { ...body, ...(${jobs}), ...later } : body), `;
  return found.slice(0, found.lastIndexOf("return new Response(")) + put;
};
const migrationsPlace =
  /new URL\("[./]*\/schema\/migrations", new URL\("[./]*\/gateway\/src\/platform\/node\/database\.ts", import\.meta\.url\)\.href\)/;

/**
 * Makes of the programs of today those of the next protocol, in a folder beside theirs: protocol 2, a later version, fields that today's do not know both
 * ways, and one more migration. `scratch` is a folder for what they read. Throws where there is nothing to change any more.
 */
export async function makeNextPrograms(
  today: Readonly<Record<string, string>>,
  scratch: string,
): Promise<{ programs: Record<string, string>; folder: string }> {
  const [some = ""] = Object.values(today);
  const from = dirname(some);
  // As deep as today's: they name what they read by the way from there.
  const folder = await mkdtemp(join(dirname(from), "next-protocol-"));
  await cp(from, folder, { recursive: true });
  const migrations = join(scratch, "migrations");
  await addMigration(migrations);
  const seen = new Map<string, number>();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const before = await readFile(path, "utf8");
    let text = before;
    const put = (find: string | RegExp, by: (...found: string[]) => string) => {
      const next = text.replace(find, by);
      if (next !== text) seen.set(String(find), (seen.get(String(find)) ?? 0) + 1);
      text = next;
    };
    for (const [find, by] of changes) put(find, () => by);
    put(answers, withMore);
    put(migrationsPlace, () => `new URL(${JSON.stringify(pathToFileURL(migrations).href)})`);
    if (text !== before) await writeFile(path, text);
  }
  for (const find of [...changes.map(([text]) => text), String(answers), String(migrationsPlace)])
    if (seen.get(find) !== 1)
      throw new Error(`${find} is in ${seen.get(find) ?? 0} of the programs, not in one`);
  const programs = Object.fromEntries(
    Object.entries(today).map(([source, path]) => [source, join(folder, basename(path))]),
  );
  return { programs, folder };
}

/** The migrations of today and one more, which adds a column as later versions may. */
async function addMigration(to: string): Promise<void> {
  await cp(join(root, "schema/migrations"), to, { recursive: true });
  const path = join(to, "meta/_journal.json");
  const journal: { entries: { idx: number; when: number; tag: string }[] } = JSON.parse(
    await readFile(path, "utf8"),
  );
  const last = journal.entries.at(-1);
  if (last === undefined) throw new Error("there is no migration yet");
  const tag = `${String(last.idx + 1).padStart(4, "0")}_later`;
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag });
  await writeFile(path, JSON.stringify(journal));
  await writeFile(join(to, `${tag}.sql`), "ALTER TABLE `runners` ADD `later` text;\n");
}
