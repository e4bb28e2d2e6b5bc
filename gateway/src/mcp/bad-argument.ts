import { ProblemError } from "@pulse/schema/problem";

/** The problem of an argument that a tool does not take as it is. */
export function badArgument(name: string, detail: string): ProblemError {
  const pointer = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return new ProblemError("validation_failed", `${name} ${detail}`, { errors: [{ pointer, detail }] });
}
