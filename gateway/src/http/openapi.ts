import { contract } from "@pulse/schema/contract";
import type { Endpoint } from "@pulse/schema/endpoint";
import { acceptedView } from "@pulse/schema/wire/executions";
import type * as z from "zod";
import type { HttpConfig } from "./context.ts";
import { callPaths, documentPaths } from "./openapi-calls.ts";
import { problemAs, problemResponses, problemSchema, problemsOf } from "./openapi-problems.ts";
import { createSchemaBook, type Json, type SchemaBook } from "./openapi-schemas.ts";

/** The OpenAPI 3.1 document of everything that the gateway serves. */
export function openApiDocument(config: Pick<HttpConfig, "publicUrl" | "version">): Json {
  const book = createSchemaBook();
  const paths: Record<string, Json> = {};
  for (const [name, endpoint] of contract) {
    const path = endpoint.path.replace(/:([a-zA-Z0-9]+)/g, "{$1}");
    const item = paths[path] ?? {};
    item[endpoint.method.toLowerCase()] = operationOf(name, endpoint, book);
    paths[path] = item;
  }
  Object.assign(paths, callPaths(book.schemaOf(acceptedView, "output")), documentPaths());
  return {
    openapi: "3.1.0",
    info: {
      title: "Pulse",
      version: config.version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: config.publicUrl }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "pulse_session",
          description: "A browser session (`__Host-pulse_session` over https); changes need our own `Origin`",
        },
        runner: { type: "http", scheme: "bearer", description: "A runner's access token" },
      },
      schemas: { Problem: problemSchema, ...book.shared },
    },
  };
}

function operationOf(name: string, endpoint: Endpoint, book: SchemaBook): Json {
  const answers: Json = {
    ...problemResponses(problemsOf(name, endpoint)),
    default: problemAs("A problem (RFC 9457)"),
  };
  for (const status of endpoint.statuses) answers[String(status)] = answerOf(endpoint, status, book);
  const body = bodyOf(endpoint, book);
  return {
    operationId: name,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    security: securityOf(endpoint),
    parameters: [
      ...parametersOf(endpoint.params, "path", book),
      ...parametersOf(endpoint.query, "query", book),
      ...protocolHeaders(endpoint),
      ...(endpoint.creates === true ? [keyHeader] : []),
    ],
    ...(body === null ? {} : { requestBody: body }),
    responses: answers,
    "x-scope": endpoint.scope,
  };
}

function securityOf({ scope }: Endpoint): Json[] {
  if (scope === "public" || scope === "enrolment") return [];
  if (scope === "key") return [{ key: [] }];
  return scope === "runner" ? [{ runner: [] }] : [{ key: [] }, { session: [] }];
}

const keyHeader = {
  ...{ name: "Idempotency-Key", in: "header", required: false, schema: { type: "string" } },
  description: "The same key and request: made once, and answered again as then, for 24 hours",
};

/** The headers that carry the runner protocol's numbers. */
function protocolHeaders({ method, path, scope }: Endpoint): Json[] {
  if (!path.startsWith("/runner/")) return [];
  const names = ["Pulse-Protocol"];
  const isSessionless = /^POST .*\/(session|keys)$|\/bundles\//.test(`${method} ${path}`);
  if (scope === "runner" && !isSessionless) names.push("Pulse-Epoch");
  if (path.includes("/executions/")) names.push("Pulse-Fence");
  return names.map((name) => ({ name, in: "header", required: true, schema: { type: "integer" } }));
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query", book: SchemaBook): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = book.schemaOf(schema, "input") as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: one,
  }));
}

function bodyOf({ body, rawBody = [] }: Endpoint, book: SchemaBook): Json | null {
  const content: Json = {};
  if (body !== undefined) content["application/json"] = { schema: book.schemaOf(body, "input") };
  for (const type of rawBody) content[type] = {};
  if (Object.keys(content).length === 0) return null;
  // A body that is not sent counts as {}.
  return { required: body === undefined || !body.safeParse({}).success, content };
}

function answerOf(endpoint: Endpoint, status: number, book: SchemaBook): Json {
  const content: Json = {};
  if (status !== 204 && status !== 304) {
    if (endpoint.answer !== undefined)
      content["application/json"] = { schema: book.schemaOf(endpoint.answer, "output") };
    for (const type of endpoint.rawAnswer ?? []) content[type] = {};
  }
  return { description: endpoint.summary, ...(Object.keys(content).length === 0 ? {} : { content }) };
}
