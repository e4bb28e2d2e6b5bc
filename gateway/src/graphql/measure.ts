import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

/** What an operation asks for, with its fragments where they are used. */
export interface Measure {
  /** Fields that stand within each other. */
  depth: number;
  /** Fields at the top: each is a request to the gateway. */
  requests: number;
  /** What all fields of answers cost: each as often as a list that it stands in may have items. */
  cost: number;
  /** Fields that ask for the schema itself. */
  introspected: number;
}

/** What an operation may ask for at most. */
export const most: Readonly<Measure> = { depth: 16, requests: 20, cost: 10_000, introspected: 400 };

/** What a request costs besides its fields. */
const requestCost = 10;
/** What a list counts as that no `limit` says of. */
const listItems = 10;
/** What a list counts as right below a request: the usual `limit`, and the greatest. */
const pageItems = 50;
const pageMost = 200;

const nothing: Measure = { depth: 0, requests: 0, cost: 0, introspected: 0 };

interface Walk {
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: Readonly<Record<string, unknown>>;
  operation: OperationDefinitionNode;
  /** What a fragment measures where lists count so much: however often it is used, it is walked once. */
  known: Map<string, Measure>;
}

/** Measures an operation that is valid: its fragments have no cycle, its fields are there. `root` is what it is asked of. */
export function measure(
  operation: OperationDefinitionNode,
  root: GraphQLObjectType,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): Measure {
  const walk: Walk = { fragments, variables, operation, known: new Map() };
  return ofSelections(walk, operation.selectionSet, root, null);
}

/** What is more than it may be, in words; null: nothing is. */
export function tooMuchOf(measured: Measure): string | null {
  const words: Readonly<Record<keyof Measure, string>> = {
    depth: "fields within each other",
    requests: "fields at the top",
    cost: "as its cost",
    introspected: "fields of the schema",
  };
  for (const [key, name] of Object.entries(words) as [keyof Measure, string][]) {
    if (measured[key] > most[key]) return `it may have ${most[key]} ${name} at most, got ${measured[key]}`;
  }
  return null;
}

/** `parent` null: within the schema itself. `items`: what a list counts as here; null: at the top. */
function ofSelections(
  walk: Walk,
  { selections }: SelectionSetNode,
  parent: GraphQLObjectType | null,
  items: number | null,
): Measure {
  let sum = nothing;
  for (const one of selections) {
    if (one.kind === Kind.FIELD) sum = added(sum, ofField(walk, one, parent, items));
    else if (one.kind === Kind.INLINE_FRAGMENT)
      sum = added(sum, ofSelections(walk, one.selectionSet, parent, items));
    else sum = added(sum, ofFragment(walk, one.name.value, parent, items));
  }
  return sum;
}

function ofFragment(
  walk: Walk,
  name: string,
  parent: GraphQLObjectType | null,
  items: number | null,
): Measure {
  const key = `${name} ${parent?.name} ${items}`;
  const known = walk.known.get(key);
  if (known !== undefined) return known;
  const fragment = walk.fragments.get(name);
  const made = fragment === undefined ? nothing : ofSelections(walk, fragment.selectionSet, parent, items);
  walk.known.set(key, made);
  return made;
}

function ofField(
  walk: Walk,
  field: FieldNode,
  parent: GraphQLObjectType | null,
  items: number | null,
): Measure {
  const { selectionSet, name } = field;
  if (name.value === "__typename") return { ...nothing, depth: 1, cost: 1 };
  if (parent === null || name.value.startsWith("__")) {
    const below = selectionSet === undefined ? nothing : ofSelections(walk, selectionSet, null, null);
    return { ...below, depth: 1 + below.depth, introspected: 1 + below.introspected };
  }
  const { type, isList } = unwrapped(parent.getFields()[name.value]?.type);
  const below =
    selectionSet === undefined || !isObjectType(type)
      ? nothing
      : ofSelections(walk, selectionSet, type, items === null ? pageOf(walk, field) : listItems);
  const own = items === null ? requestCost : 1;
  return {
    depth: 1 + below.depth,
    requests: items === null ? 1 : 0,
    cost: own + (isList ? (items ?? pageItems) : 1) * below.cost,
    introspected: below.introspected,
  };
}

/** How many items a request is asked for: its `limit`, or what is usual. */
function pageOf({ variables, operation }: Walk, { arguments: given = [] }: FieldNode): number {
  const limit = given.find(({ name }) => name.value === "limit")?.value;
  if (limit === undefined || limit.kind === Kind.NULL) return pageItems;
  if (limit.kind === Kind.INT) return inPage(Number(limit.value));
  if (limit.kind !== Kind.VARIABLE) return pageMost;
  const value = variables[limit.name.value];
  if (value !== undefined && value !== null) return inPage(Number(value));
  const declared = operation.variableDefinitions?.find(
    ({ variable }) => variable.name.value === limit.name.value,
  );
  const standard = declared?.defaultValue;
  return standard?.kind === Kind.INT ? inPage(Number(standard.value)) : pageItems;
}

function inPage(count: number): number {
  return Number.isFinite(count) ? Math.min(Math.max(count, 1), pageMost) : pageMost;
}

function unwrapped(given: GraphQLOutputType | undefined): {
  type: GraphQLOutputType | undefined;
  isList: boolean;
} {
  let type = given;
  let isList = false;
  while (isNonNullType(type) || isListType(type)) {
    isList ||= isListType(type);
    type = type.ofType;
  }
  return { type, isList };
}

function added(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    requests: a.requests + b.requests,
    cost: a.cost + b.cost,
    introspected: a.introspected + b.introspected,
  };
}
