/** What `pulse init` starts a folder from. */
export interface Template {
  /** One line: what it is an example of. */
  summary: { en: string; es: string };
  /** The files by their path below the folder; `name` is that of the function or the workflow. */
  files(name: string): Readonly<Record<string, string>>;
}

/** The `pulse.jsonc` of a function; `$schema` is added where it is written. */
export function settings(name: string, more: object): string {
  return `${JSON.stringify({ name, ...more }, null, 2)}\n`;
}

/** A README whose commands a test runs as they stand. */
export function readme(name: string, about: string, commands: string): string {
  return `# ${name}\n\n${about.trim()}\n\n\`\`\`sh\n${commands.trim()}\n\`\`\`\n`;
}
