/** What of an `.npmrc` says where packages come from, and who asks. */
const registry = /^(?:registry|@[\w.-]+:registry)$/;
const credential = /^\/\/.+:(?:_authToken|_auth|username|_password)$/;
const resolution = /^(?:legacy-peer-deps|strict-peer-deps|before|min-release-age)$/;

/** The settings of an `.npmrc` that reach an installer, and the names of the others. */
export interface ReadNpmrc {
  kept: readonly (readonly [name: string, value: string])[];
  ignored: readonly string[];
}

/** Reads `name = value` lines. What could run a program or name a file (`git`, `script-shell`, `cafile`) is never kept. */
export function readNpmrc(text: string): ReadNpmrc {
  const kept: [string, string][] = [];
  const ignored: string[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, name = "", written = ""] = match;
    const value = written.replace(/^"(.*)"$/, "$1");
    if (registry.test(name) || credential.test(name) || resolution.test(name)) kept.push([name, value]);
    else ignored.push(name);
  }
  return { kept, ignored };
}

/** The addresses of the registries among settings. */
export function registriesIn({ kept }: ReadNpmrc): string[] {
  return kept.filter(([name]) => registry.test(name)).map(([, value]) => value);
}

/** The settings as the text of an `.npmrc`. */
export function npmrcText({ kept }: Pick<ReadNpmrc, "kept">): string {
  return kept.map(([name, value]) => `${name}=${value}\n`).join("");
}

/** The values among settings that must not be shown, with what `${NAME}` in them stands for. */
export function credentialsIn(
  { kept }: Pick<ReadNpmrc, "kept">,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  return kept
    .filter(([name]) => credential.test(name) && !name.endsWith(":username"))
    .map(([, value]) => value.replace(/\$\{([^}]+)\}/g, (whole, name: string) => env[name] ?? whole));
}
