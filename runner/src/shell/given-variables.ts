import { ProblemError } from "@pulse/schema/problem";
import type { CommandSpec } from "@pulse/schema/wire/command";

/** The variables that a command is given: those of its settings, its secrets, and those that are made of texts and secrets. */
export function givenVariables(
  { env = {}, composed = {} }: Pick<CommandSpec["settings"], "env" | "composed">,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const parts = new Set<string>();
  const made = Object.entries(composed).map(([name, pieces]): [string, string] => {
    const texts = pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      parts.add(piece.secret);
      const value = Object.hasOwn(secrets, piece.secret) ? secrets[piece.secret] : undefined;
      if (value !== undefined) return value;
      throw new ProblemError("validation_failed", `the variable ${name} needs a secret that did not come`);
    });
    return [name, texts.join("")];
  });
  const own = Object.entries(secrets).filter(([name]) => !parts.has(name));
  return Object.fromEntries([...Object.entries(env), ...own, ...made]);
}
