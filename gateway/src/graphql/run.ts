import type { ProblemError } from "@pulse/schema/problem";
import {
  type DocumentNode,
  execute,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  parse,
  printSchema,
  validate,
} from "graphql";
import { type Asker, schemaOfContract } from "./fields.ts";
import { measure, tooMuchOf } from "./measure.ts";

/** Parts that a document has at most: words, numbers, braces. */
const tokensMost = 2000;
const errorsMost = 20;

/** One operation to run. */
export interface Asked {
  query: string;
  operationName: string | null;
  variables: Readonly<Record<string, unknown>>;
}

/** What a document came to: without `data` nothing of it was run. */
export interface Answered {
  data?: Record<string, unknown> | null;
  errors?: GraphQLFormattedError[];
}

let made: GraphQLSchema | null = null;
let text: string | null = null;

/** The schema; made once, as it is the same for everybody. */
function schemaOf(): GraphQLSchema {
  made ??= schemaOfContract();
  return made;
}

/** The schema in the schema definition language. */
export function schemaText(): string {
  text ??= printSchema(schemaOf());
  return text;
}

/** Runs an operation. `problemOf` tells what becomes of an error for the caller. */
export async function run(
  asked: Asked,
  asker: Asker,
  problemOf: (error: unknown) => ProblemError,
): Promise<Answered> {
  const schema = schemaOf();
  const { query, operationName, variables } = asked;
  const formatted = (error: GraphQLError) => formattedAs(error, problemOf);
  const refused = (errors: readonly GraphQLError[]) => ({ errors: errors.map(formatted) });

  const document = parsed(query);
  if (document instanceof GraphQLError) return refused([document]);
  const invalid = validate(schema, document, undefined, { maxErrors: errorsMost });
  if (invalid.length > 0) return refused(invalid);
  const tooMuch = refusalOf(schema, document, operationName, variables);
  if (tooMuch !== null) return refused([new GraphQLError(tooMuch)]);
  const result = await execute({
    ...{ schema, document, operationName, variableValues: variables, contextValue: asker },
    options: { maxCoercionErrors: errorsMost },
  });
  const { data, errors = [] } = result;
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors.length === 0 ? {} : { errors: errors.map(formatted) }),
  };
}

function parsed(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens: tokensMost });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** Why a valid document is not run: which of its operations is not said, or it asks for too much. */
function refusalOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
  variables: Readonly<Record<string, unknown>>,
): string | null {
  const operation = getOperationAST(document, operationName);
  if (operation === undefined || operation === null) {
    if (operationName !== null) return `there is no operation ${JSON.stringify(operationName)} in it`;
    return "operationName must say which of its operations is to run";
  }
  const root = schema.getRootType(operation.operation);
  if (root === undefined || root === null) return `it has a ${operation.operation}, and there are none here`;
  const fragments = new Map(
    document.definitions
      .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((one) => [one.name.value, one] as const),
  );
  return tooMuchOf(measure(operation, root, fragments, variables));
}

/** An error with the code of a problem: what a field's request answered as it is; what is wrong with the document is `validation_failed`. */
function formattedAs(
  error: GraphQLError,
  problemOf: (error: unknown) => ProblemError,
): GraphQLFormattedError {
  const { message, locations, path } = error.toJSON();
  const place = {
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
  };
  const { originalError } = error;
  if (originalError === undefined || originalError === null || originalError instanceof GraphQLError)
    return { message, ...place, extensions: { code: "validation_failed" } };
  const problem = problemOf(originalError);
  return { message: problem.message, ...place, extensions: { ...problem.toDocument() } };
}
