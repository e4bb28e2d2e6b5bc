import { ProblemError } from "@pulse/schema/problem";

/**
 * The name in `patch@stable`, and the revision that is meant: by its number or an alias, there or in a field of its own; undefined: none is.
 * Throws `validation_failed` where both say one.
 */
export function splitReference(
  reference: string,
  revision?: number | string,
): { name: string; revision: number | string | undefined } {
  const [name = "", at] = reference.split("@");
  if (at === undefined || revision === undefined) return { name, revision: revision ?? at };
  const detail = `names a revision, and so does ${JSON.stringify(reference)}: leave one of them out`;
  throw new ProblemError("validation_failed", `/revision: ${detail}`, {
    errors: [{ pointer: "/revision", detail }],
  });
}
