import { contract, namedSchemas } from "@pulse/schema/contract";
import type { Endpoint } from "@pulse/schema/endpoint";
import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from "graphql";
import { jsonBodyOf } from "../mcp/api-tools.ts";
import { whyLeftOut } from "./left-out.ts";
import { jsonScalar, TypeBook } from "./type-book.ts";

/** What a field is given besides its arguments. */
export interface Asker {
  /** What the endpoint of a field answers to its arguments; throws the problem that it answers. */
  ask(endpoint: Endpoint, given: Readonly<Record<string, unknown>>): Promise<unknown>;
}

type Fields = Record<string, GraphQLFieldConfig<unknown, Asker>>;

/** What starts work once for an `Idempotency-Key`, besides what is declared to make something. */
export const startsWork: ReadonlySet<string> = new Set([
  "bulk.bulkExecutions",
  "commands.runCommand",
  "emit.emitEvent",
  "executions.replayExecution",
  "workflowRuns.runWorkflow",
]);

/** The schema of everything in the contract that is not left out: a GET is a field of `Query`, everything else one of `Mutation`, under its operation's name. */
export function schemaOfContract(): GraphQLSchema {
  const book = new TypeBook(namedSchemas());
  const query: Fields = {};
  const mutation: Fields = {};
  for (const [operation, endpoint] of contract) {
    if (whyLeftOut(operation) !== null) continue;
    const name = operation.slice(operation.indexOf(".") + 1);
    if (name in query || name in mutation) throw new Error(`two fields would be named ${name}`);
    const takesKey = endpoint.creates === true || startsWork.has(operation);
    (endpoint.method === "GET" ? query : mutation)[name] = fieldOf(name, endpoint, book, takesKey);
  }
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields: sorted(query) }),
    mutation: new GraphQLObjectType({ name: "Mutation", fields: sorted(mutation) }),
  });
}

function fieldOf(
  name: string,
  endpoint: Endpoint,
  book: TypeBook,
  takesKey: boolean,
): GraphQLFieldConfig<unknown, Asker> {
  const { method, path, scope, summary, answer } = endpoint;
  const whole = name.charAt(0).toUpperCase() + name.slice(1);
  return {
    type: answer === undefined ? GraphQLBoolean : book.answer(answer, `${whole}Answer`),
    args: argumentsOf(whole, endpoint, book, takesKey),
    description: `${summary}. ${method} ${path}; needs the scope "${scope}".`,
    resolve: async (_, given: Readonly<Record<string, unknown>>, asker) => await asker.ask(endpoint, given),
  };
}

function argumentsOf(
  name: string,
  endpoint: Endpoint,
  book: TypeBook,
  takesKey: boolean,
): Record<string, GraphQLInputFieldConfig> {
  const { params, query } = endpoint;
  const body = jsonBodyOf(endpoint);
  const parts = [
    params === undefined ? {} : book.parameters(params, name),
    query === undefined ? {} : book.parameters(query, name),
    body === undefined ? {} : { body: bodyArgument(name, endpoint, body, book) },
    takesKey ? { idempotencyKey: keyArgument } : {},
  ];
  const all: Record<string, GraphQLInputFieldConfig> = {};
  for (const [key, argument] of parts.flatMap((part) => Object.entries(part))) {
    if (key in all) throw new Error(`${name} would have two arguments named ${key}`);
    all[key] = argument;
  }
  return all;
}

const keyArgument: GraphQLInputFieldConfig = {
  type: GraphQLString,
  description: "The same key and request: made once, and answered again as then, for 24 hours",
};

function bodyArgument(
  name: string,
  endpoint: Endpoint,
  body: NonNullable<Endpoint["body"]>,
  book: TypeBook,
): GraphQLInputFieldConfig {
  const type = endpoint.body === undefined ? jsonScalar : book.body(body, `${name}Body`);
  // A body that is not sent counts as {}.
  return {
    type: body.safeParse({}).success && endpoint.body !== undefined ? type : new GraphQLNonNull(type),
  };
}

function sorted(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}
