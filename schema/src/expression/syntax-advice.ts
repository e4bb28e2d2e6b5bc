import type { Expression as Syntax } from "acorn";

const advice: Partial<Record<Syntax["type"], string>> = {
  AssignmentExpression:
    "assignments are not available; compare with ===, and keep values with a step of type set",
  UpdateExpression: "++ and -- are not available; nothing can be changed in an expression",
  ThisExpression: "this is not available; use the names of the context, such as inputs and steps",
  SequenceExpression: "an expression is one value; the comma is available in lists and calls only",
  ArrowFunctionExpression:
    "an arrow function can stand only as the argument of a method such as map, filter or sort",
  TaggedTemplateExpression: "tagged templates are not available; write the template without a tag",
  AwaitExpression: "await is not available; an expression waits for nothing",
  YieldExpression: "yield is not available",
  ImportExpression: "modules are not available",
  MetaProperty: "import.meta is not available",
  Literal: "big integers are not available; write the number without n",
};

/** What to say about a piece of JavaScript that the language leaves out. */
export function syntaxAdvice(syntax: Syntax): string {
  if (syntax.type === "UnaryExpression") {
    return syntax.operator === "void"
      ? "void is not available; write undefined"
      : `${syntax.operator} is not available; nothing can be changed in an expression`;
  }
  if (syntax.type === "BinaryExpression") {
    return `${syntax.operator} is not available; use typeof value === "…" or Array.isArray(value)`;
  }
  return advice[syntax.type] ?? "this part of JavaScript is not available; docs/expressions.md lists what is";
}
