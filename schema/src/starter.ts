import type { Language } from "./wire/manifest.ts";

/** The function that `pulse init` and the dashboard start from, by language: one entry file, and a call that shows what it does. */
export const starters: Readonly<Record<Language, { file: string; text: string; input: string }>> = {
  typescript: {
    file: "index.ts",
    text: `export async function handler(event: { name?: string }, ctx: { log: { info(message: string, fields?: object): void } }) {
  ctx.log.info("greeting", { name: event.name });
  return { message: \`Hello, \${event.name ?? "world"}!\` };
}
`,
    input: '{ "name": "Ana" }',
  },
  python: {
    file: "main.py",
    text: `def main(name: str = "world") -> dict:
    """The annotations are the input's schema."""
    return {"message": f"Hello, {name}!"}
`,
    input: '{ "name": "Ana" }',
  },
};
