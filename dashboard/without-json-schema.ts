import type { Plugin } from "vite";

const parts = /\/zod\/v4\/core\/(?:json-schema-processors|to-json-schema)\.js$/;

/**
 * Leaves the making of JSON Schemas out of the build: every zod schema refers to it, so that no bundler drops it, and no page ever asks for one. What
 * remains are functions that do nothing.
 */
export function withoutJsonSchema(): Plugin {
  return {
    name: "without-json-schema",
    apply: "build",
    transform(code, id) {
      if (!parts.test(id)) return null;
      const declared = [...code.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
      const renamed = [...code.matchAll(/^export \{ \w+ as (\w+) \};/gm)].map(([, name]) => name);
      const names = [...declared, ...renamed];
      if (names.length === 0) throw new Error(`${id} exports nothing that could be left out`);
      const lines = names.map((name) => `export { none as ${name} };`);
      return { code: `const none = () => none;\n${lines.join("\n")}\n`, map: null };
    },
  };
}
