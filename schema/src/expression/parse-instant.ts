import { ExpressionFault } from "./problem.ts";

const instant = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since 1970 of an ISO 8601 date, or time with its zone; a fault for anything that a machine's own zone would decide. */
export function parseInstant(text: string): number {
  if (!instant.test(text)) {
    throw new ExpressionFault(
      "out_of_range",
      'Date.parse needs a date, or a time with its zone such as "2027-03-01T08:00:00Z"',
    );
  }
  return Date.parse(text);
}
