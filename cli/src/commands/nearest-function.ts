import { ProblemError } from "@pulse/schema/problem";
import { listFunctions } from "@pulse/schema/wire/functions";
import { fill } from "../messages/say.ts";
import { nearest } from "../nearest.ts";
import type { Session } from "../session.ts";

/** Does `work`; when it finds no function of this name, its error gets the nearest name as a hint, if this key may see the list. */
export async function withNearestFunction<T>(
  { client, signal, messages }: Session,
  reference: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const name = reference.replace(/@.*$/s, "");
    if (!(error instanceof ProblemError) || error.code !== "not_found" || error.extras.hint !== undefined)
      throw error;
    const list = await client.call(listFunctions, { query: { limit: 200 }, signal }).catch(() => null);
    const names = list?.items.map((one) => one.name) ?? [];
    const near = names.includes(name) ? null : nearest(name, names);
    if (near === null) throw error;
    const extras = { ...error.extras, hint: fill(messages.didYouMean, { name: near }) };
    throw new ProblemError(error.code, error.message, extras);
  }
}
