import type { Outcome } from "@pulse/schema/wire/job";
import { lineMostChars } from "../sandbox/sandbox.ts";
import type { CapturedLine } from "../work.ts";
import type { Masker, MaskStream } from "./masker.ts";

/** Takes the lines of a job's log, and its end. */
export interface LineMask {
  add(line: CapturedLine): void;
  end(): void;
}

/**
 * Hides secrets in lines before anything keeps or sends them. A line that came in parts, for it was too long, is read as one: what may be the beginning of a
 * secret at the end of a part waits for the next one.
 */
export function maskLines(masker: Masker | null, pass: (line: CapturedLine) => void): LineMask {
  if (masker === null) return { add: pass, end: () => undefined };
  const open = new Map<string, { stream: MaskStream; last: CapturedLine }>();
  const finish = (key: string) => {
    const held = open.get(key);
    open.delete(key);
    const rest = held?.stream.end() ?? "";
    if (held !== undefined && rest !== "") pass({ ...held.last, d: rest });
  };
  return {
    add(line) {
      const { f, ...rest } = line;
      const fields = f === undefined ? {} : { f: masker.value(f) as Record<string, unknown> }; // An object stays one.
      const isPart = line.d.length >= lineMostChars;
      const before = open.get(line.s);
      if (before === undefined && !isPart) {
        pass({
          ...rest,
          d: masker.text(line.d),
          ...(line.l === undefined ? {} : { l: masker.text(line.l) }),
          ...fields,
        });
        return;
      }
      const stream = before?.stream ?? masker.stream();
      open.set(line.s, { stream, last: rest });
      pass({ ...rest, d: stream.add(line.d), ...fields });
      if (!isPart) finish(line.s);
    },
    end() {
      for (const key of [...open.keys()]) finish(key);
    },
  };
}

/** Hides secrets in what an outcome says of an error, and of what a build found in the code. The response stays as the function gave it. */
export function maskOutcome<T extends Pick<Outcome, "error" | "built">>(masker: Masker | null, given: T): T {
  if (masker === null) return given;
  const { error, built } = given;
  // A JSON value stays one.
  const schema = masker.value(built?.schema ?? null) as NonNullable<Outcome["built"]>["schema"];
  const outcome = built === null ? given : { ...given, built: { ...built, schema } };
  if (error === null) return outcome;
  const { message, name, stack, file } = error;
  const optional = { name, stack, file };
  const texts = Object.entries(optional).flatMap(([key, text]) =>
    text === undefined ? [] : [[key, masker.text(text)]],
  );
  return { ...outcome, error: { ...error, message: masker.text(message), ...Object.fromEntries(texts) } };
}
