import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "vite";

const wire = fileURLToPath(new URL("../schema/src/wire/", import.meta.url));
const rest = "?rest";

/**
 * Leaves of each declared endpoint what the client reads of it: the method, the path, and whether there is an answer. Their schemas, which the gateway
 * checks, stay out of the build. What else a file of the contract exports is as it was, and fetched only by pages that use it.
 */
export function bareEndpoints(): Plugin {
  return {
    name: "bare-endpoints",
    apply: "build",
    enforce: "pre",
    load: {
      filter: { id: /\/schema\/src\/wire\// },
      async handler(id) {
        if (!id.startsWith(wire)) return null;
        if (id.endsWith(rest)) {
          const code = await readFile(id.slice(0, -rest.length), "utf8");
          return { code, moduleType: "ts", moduleSideEffects: false };
        }
        const exported: Record<string, unknown> = await import(pathToFileURL(id).href);
        const lines: string[] = [];
        const others: string[] = [];
        for (const [name, value] of Object.entries(exported)) {
          if (isEndpoint(value)) lines.push(`export const ${name} = ${bare(value)};`);
          else others.push(name);
        }
        lines.push(`export { ${others.join(", ")} } from ${JSON.stringify(id + rest)};`);
        return { code: lines.join("\n"), moduleType: "js", moduleSideEffects: false };
      },
    },
  };
}

interface Declared {
  readonly method: string;
  readonly path: string;
  readonly answer?: unknown;
}

function isEndpoint(value: unknown): value is Declared {
  return typeof value === "object" && value !== null && "method" in value && "path" in value;
}

function bare({ method, path, answer }: Declared): string {
  return JSON.stringify({ method, path, ...(answer === undefined ? {} : { answer: true }) });
}
