import { ProblemError } from "@pulse/schema/problem";
import type { CommandSpec } from "@pulse/schema/wire/command";

type Pieces = readonly (string | { secret: string })[];

/** A text made of texts and secrets in turn; `what` it is for. Throws `validation_failed` when a secret did not come. */
export function filledIn(pieces: Pieces, secrets: Readonly<Record<string, string>>, what: string): string {
  const texts = pieces.map((piece) => {
    if (typeof piece === "string") return piece;
    const value = Object.hasOwn(secrets, piece.secret) ? secrets[piece.secret] : undefined;
    if (value !== undefined) return value;
    throw new ProblemError("validation_failed", `${what} needs a secret that did not come`);
  });
  return texts.join("");
}

/** The variables that a command is given: those of its settings, its secrets, and those that are made of texts and secrets. */
export function givenVariables(
  { env = {}, composed = {} }: Pick<CommandSpec["settings"], "env" | "composed">,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const parts = new Set<string>();
  const made = Object.entries(composed).map(([name, pieces]): [string, string] => {
    for (const piece of pieces) if (typeof piece !== "string") parts.add(piece.secret);
    return [name, filledIn(pieces, secrets, `the variable ${name}`)];
  });
  const own = Object.entries(secrets).filter(([name]) => !parts.has(name));
  return Object.fromEntries([...Object.entries(env), ...own, ...made]);
}
