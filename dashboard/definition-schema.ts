import { workflowJsonSchema } from "@pulse/schema/workflow/json-schema";
import type { Plugin } from "vite";

const name = "virtual:definition-schema";

/** Has the JSON Schema of definitions as a module: it is made while the dashboard is built, for what makes it stays out of the build. */
export function definitionSchema(): Plugin {
  return {
    name: "definition-schema",
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(workflowJsonSchema())};` : null),
  };
}
