import * as z from "zod";
import { endpoint } from "../endpoint.ts";

/** Endpoints that are served while `PULSE_GRAPHQL` is on. They are no part of the contract: each field of a document stands for an endpoint of it. */

/** What a document has at most, in characters. */
export const documentMost = 20_000;

/** One operation, as "GraphQL over HTTP" sends it. Several in a list are not taken. */
export const graphqlRequest = z.strictObject({
  query: z.string().min(1).max(documentMost),
  operationName: z.string().max(200).nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.record(z.string(), z.unknown()).nullish(),
});

/** One error of an answer. */
export const graphqlError = z.object({
  message: z.string(),
  locations: z.array(z.object({ line: z.int(), column: z.int() })).optional(),
  path: z.array(z.union([z.string(), z.int()])).optional(),
  /** `code` is one of the problem codes; of a problem of a field, its whole document is here. */
  extensions: z.looseObject({ code: z.string() }),
});

export const graphql = endpoint({
  method: "POST",
  path: "/graphql",
  tag: "graphql",
  summary: "Run a GraphQL document over the endpoints of the contract",
  scope: "session",
  body: graphqlRequest,
  bodyMostBytes: 2 ** 20,
  answer: z.object({
    data: z.record(z.string(), z.unknown()).nullable().optional(),
    errors: z.array(graphqlError).optional(),
  }),
  audit: {
    exempt: "each field that changes something is an entry of its own, under the name of what it does",
  },
  statuses: [200, 400],
});

export const graphqlSchema = endpoint({
  method: "GET",
  path: "/graphql/schema",
  tag: "graphql",
  summary: "The GraphQL schema as text",
  scope: "session",
  rawAnswer: ["text/plain"],
  statuses: [200],
});
