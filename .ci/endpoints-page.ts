import { contract } from "@pulse/schema/contract";
import type { Endpoint } from "@pulse/schema/endpoint";
import * as z from "zod";
import { table } from "./markdown-table.ts";

/** The order that endpoints declare themselves in is not the same wherever this runs. */
const placeOf = ({ path, method }: Endpoint) => `${path} ${method}`;

/** The page with every endpoint of the contract: by tag, what it does, what it takes. */
export function endpointsPage(): string {
  const tags = [...new Set([...contract].map(([, { tag }]) => tag))].sort();
  const parts = tags.map((tag) => {
    const rows = [...contract]
      .filter(([, one]) => one.tag === tag)
      .sort(([, a], [, b]) => (placeOf(a) < placeOf(b) ? -1 : 1))
      .map(([, one]) => [
        `\`${one.method} ${one.path}\``,
        one.summary,
        `\`${one.scope}\``,
        namesOf(one.query),
        bodyOf(one),
      ]);
    return `## ${tag[0]?.toUpperCase()}${tag.slice(1)}\n\n${table(["Endpoint", "Does", "Scope", "Query", "Body"], rows)}`;
  });
  return `# Endpoints

Made from the code by \`pnpm run reference\`; a test fails when it is stale.

Everything that the control API takes, from the contract that the gateway, the CLI and the dashboard share. A gateway has the same with
every shape and problem at \`/openapi.json\`, and as a page at \`/docs\`. Calls of functions are in [calls](api.md); what each route asks
for is in [authorisation](authorisation.md), what goes wrong in [problems](problems.md). A name with \`?\` may be left out.

${parts.join("\n\n")}
`;
}

function bodyOf({ body, rawBody }: Endpoint): string {
  if (rawBody !== undefined) return rawBody.map((type) => `\`${type}\``).join(", ");
  return namesOf(body);
}

/** The fields of a JSON object, in the order of its declaration; for another shape what it is. */
function namesOf(shape: z.ZodType | undefined): string {
  if (shape === undefined) return "";
  const schema = z.toJSONSchema(shape, { io: "input", unrepresentable: "any" });
  if (schema.properties === undefined) {
    return typeof schema.type === "string" ? schema.type : "one of several shapes";
  }
  const required = new Set(schema.required);
  return Object.keys(schema.properties)
    .map((name) => `\`${name}${required.has(name) ? "" : "?"}\``)
    .join(", ");
}
