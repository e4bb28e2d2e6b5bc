import type { DraftFiles } from "@pulse/schema/wire/drafts";

/** What the files of a function ask for, by package: the version as it is written, or an empty text. */
export function dependenciesOf(files: DraftFiles): Record<string, string> {
  const textOf = (path: string) => {
    const content = files[path];
    return typeof content === "string" ? content : "";
  };
  return {
    ...ofPackageJson(textOf("package.json")),
    ...ofRequirements(textOf("requirements.txt")),
    ...ofPyproject(textOf("pyproject.toml")),
    ...ofScript(textOf("main.py")),
  };
}

function ofPackageJson(text: string): Record<string, string> {
  try {
    const { dependencies }: { dependencies?: unknown } = Object(JSON.parse(text));
    const entries =
      typeof dependencies === "object" && dependencies !== null ? Object.entries(dependencies) : [];
    return Object.fromEntries(entries.map(([name, version]) => [name, String(version)]));
  } catch {
    return {};
  }
}

/** Lines of requirements; options, hashes and comments are none. */
function ofRequirements(text: string): Record<string, string> {
  const lines = text.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  return asked(lines.filter((line) => line !== "" && !line.startsWith("-")));
}

function ofPyproject(text: string): Record<string, string> {
  const [, project = ""] = /^\[project\]\s*$([\s\S]*?)(?=^\[(?!\s*["'])|$(?![\s\S]))/m.exec(text) ?? [];
  return asked(listed(project));
}

/** The header of a script (PEP 723). */
function ofScript(text: string): Record<string, string> {
  const [, header = ""] = /^# \/\/\/ script\s*$([\s\S]*?)^# \/\/\/\s*$/m.exec(text) ?? [];
  return asked(listed(header.replaceAll(/^# ?/gm, "")));
}

/** The texts of the list `dependencies` in TOML. */
function listed(toml: string): string[] {
  const [, list = ""] = /^dependencies\s*=\s*\[((?:[^\]"']|"[^"]*"|'[^']*')*)\]/m.exec(toml) ?? [];
  return [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? "");
}

/** Requirements (PEP 508) by package, its name as PEP 503 compares it. */
function asked(requirements: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    requirements.flatMap((one) => {
      const [, name, rest = ""] = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*([\s\S]*)$/.exec(one) ?? [];
      return name === undefined ? [] : [[name.toLowerCase().replaceAll(/[-_.]+/g, "-"), rest.trim()]];
    }),
  );
}
