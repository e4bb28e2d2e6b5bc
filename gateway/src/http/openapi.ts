import { contract } from "@pulse/schema/contract";
import type { Endpoint } from "@pulse/schema/endpoint";
import * as z from "zod";
import type { HttpConfig } from "./context.ts";

type Json = Record<string, unknown>;

const problem = {
  description: "A problem (RFC 9457)",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** The OpenAPI 3.1 document of every declared endpoint, and of the calls under `/f/`. */
export function openApiDocument(config: Pick<HttpConfig, "publicUrl" | "version">): Json {
  const paths: Record<string, Json> = {};
  for (const [name, endpoint] of contract) {
    const path = endpoint.path.replace(/:([a-zA-Z0-9]+)/g, "{$1}");
    const item = paths[path] ?? {};
    item[endpoint.method.toLowerCase()] = operationOf(name, endpoint);
    paths[path] = item;
  }
  paths["/f/{name}"] = callItem([]);
  paths["/f/{name}/{path}"] = callItem([
    { name: "path", in: "path", required: true, schema: { type: "string" } },
  ]);
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
        runner: { type: "http", scheme: "bearer", description: "A runner's access token" },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "detail", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string" },
    requestId: { type: "string" },
    hint: { type: "string" },
    errors: {
      type: "array",
      items: { type: "object", properties: { pointer: { type: "string" }, detail: { type: "string" } } },
    },
  },
};

function operationOf(name: string, endpoint: Endpoint): Json {
  const runner = endpoint.scope === "runner";
  const open = endpoint.scope === "public" || endpoint.scope === "enrolment";
  const answers: Json = { default: problem };
  for (const status of endpoint.statuses) answers[String(status)] = answerOf(endpoint, status);
  const body = bodyOf(endpoint);
  return {
    operationId: name,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    security: open ? [] : [{ [runner ? "runner" : "key"]: [] }],
    parameters: [...parametersOf(endpoint.params, "path"), ...parametersOf(endpoint.query, "query")],
    ...(body === null ? {} : { requestBody: body }),
    responses: answers,
    "x-scope": endpoint.scope,
  };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
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

function bodyOf(endpoint: Endpoint): Json | null {
  const content: Json = {};
  if (endpoint.body !== undefined) content["application/json"] = { schema: schemaOf(endpoint.body, "input") };
  for (const type of endpoint.rawBody ?? []) content[type] = { schema: { type: "string", format: "binary" } };
  return Object.keys(content).length === 0 ? null : { required: true, content };
}

function answerOf(endpoint: Endpoint, status: number): Json {
  const content: Json = {};
  if (status !== 204 && status !== 304) {
    if (endpoint.answer !== undefined)
      content["application/json"] = { schema: schemaOf(endpoint.answer, "output") };
    for (const type of endpoint.rawAnswer ?? []) content[type] = { schema: { type: "string" } };
  }
  return { description: endpoint.summary, ...(Object.keys(content).length === 0 ? {} : { content }) };
}

function callItem(more: Json[]): Json {
  const name = {
    name: "name",
    in: "path",
    required: true,
    schema: { type: "string" },
    description: "name, name@version or name@alias",
  };
  const operation = (method: string) => ({
    operationId: `call.${method}${more.length === 0 ? "" : ".path"}`,
    tags: ["calls"],
    summary: "Call a function",
    parameters: [name, ...more],
    responses: { default: { description: "What the function answers, or a problem" } },
  });
  return Object.fromEntries(
    ["get", "post", "put", "patch", "delete", "options", "head"].map((method) => [method, operation(method)]),
  );
}

/** The endpoints as a page for people, without script or outside resources. */
export function documentPage(): string {
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const rows = [...contract.values()].map(
    (one) =>
      `<tr><td>${escaped(one.tag)}</td><td><code>${one.method} ${escaped(one.path)}</code></td><td>${one.scope}</td><td>${escaped(one.summary)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pulse API</title>
<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem;color-scheme:light dark}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884}</style>
<h1>Pulse API</h1><p>The machine-readable form is <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). Functions are called at <code>/f/&lt;name&gt;</code>.</p>
<table><thead><tr><th>Area</th><th>Endpoint</th><th>Scope</th><th>What it does</th></tr></thead><tbody>${rows.join("")}</tbody></table></html>`;
}
