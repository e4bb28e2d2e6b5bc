import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { programSources } from "../programs.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const units = readdirSync(here).filter((name) => name.endsWith(".service"));
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
if (!hasSystemd)
  process.stdout.write("systemd-analyze is missing: systemd's own view of the units is not tested\n");

/** What docs/install.md says of each, out of 10; lower is less exposed. */
const exposures = new Map(
  [
    ...readFileSync(join(here, "../../docs/install.md"), "utf8").matchAll(
      /^\| `(pulse-[a-z-]+\.service)` \| (\d\.\d) \|/gm,
    ),
  ].map(([, unit = "", exposure = ""]) => [unit, exposure]),
);

test("the documents tell the exposure of every unit", () => {
  expect([...exposures.keys()].sort()).toEqual(units.toSorted());
});

test.skipIf(!hasSystemd).each(units)("systemd finds %s as little exposed as the documents say", (unit) => {
  const said = execFileSync(
    "systemd-analyze",
    ["security", "--offline=true", "--no-pager", join(here, unit)],
    {
      encoding: "utf8",
    },
  );
  expect(/exposure level for \S+: (\d\.\d)/.exec(said)?.[1]).toBe(exposures.get(unit));
});

test.skipIf(!hasSystemd)("systemd understands every line of the units", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-units-"));
  try {
    for (const unit of units) {
      // systemd looks for the program, which stands elsewhere here.
      const text = readFileSync(join(here, unit), "utf8").replace(
        /^ExecStart=\S+/m,
        `ExecStart=${process.execPath}`,
      );
      writeFileSync(join(folder, unit), text);
    }
    writeFileSync(join(folder, "docker.service"), `[Service]\nExecStart=${process.execPath}\n`);
    const paths = units.map((unit) => join(folder, unit));
    const said = spawnSync("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", ...paths], {
      encoding: "utf8",
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
    });
    expect(said.stderr.split("\n").filter((line) => line.includes("pulse-"))).toEqual([]);
    expect(said.status).toBe(0);
    writeFileSync(join(folder, "broken.service"), "[Service]\nExecStart=/bin/true\nProtectSistem=strict\n");
    const broken = spawnSync("systemd-analyze", ["verify", "--man=no", join(folder, "broken.service")], {
      encoding: "utf8",
    });
    expect(broken.stderr).toContain("ProtectSistem");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each(units)("%s starts what staging puts there", (unit) => {
  const text = readFileSync(join(here, unit), "utf8");
  const [, node = "", entry = ""] = /^ExecStart=(\S+) \/opt\/pulse(?:-runner)?\/(\S+)$/m.exec(text) ?? [];
  expect(node).toMatch(/^\/opt\/pulse(-runner)?\/bin\/node$/);
  // Staging makes programs of sources, and copies the others.
  const program = /^programs\/([a-z]+)\.mjs$/.exec(entry)?.[1];
  const source = program === undefined ? entry : programSources[program];
  expect(readFileSync(join(here, "../..", source ?? entry), "utf8")).not.toBe("");
});
