import { ProblemError } from "@pulse/schema/problem";
import type { Deps } from "../../http/context.ts";
import { checkSecondFactor } from "../factors/second-factor.ts";
import { createPeopleStore } from "../people/store.ts";
import type { From, OpenedSession } from "../sessions.ts";
import { signInAs } from "../sign-in-as.ts";
import { beginAttempt } from "./attempts.ts";
import { checkPassword, hashPassword, usualCost } from "./hash.ts";

/** What a person types. */
export interface Typed {
  username: string;
  password: string;
  /** A code of the second factor, or a recovery code. */
  totp?: string | undefined;
}

/**
 * Signs a person in by password, and by the second factor where they have one. Throws `invalid_credential` with the same words whether the name or the
 * password is wrong, `second_factor_required`, `rate_limited` after many that failed, and `forbidden` for a disabled person who knows the password.
 */
export async function signInByPassword(deps: Deps, typed: Typed, from: From): Promise<OpenedSession> {
  const { ports, config } = deps;
  const cost = config.passwordCost ?? usualCost;
  const username = typed.username.trim().toLowerCase();
  const store = createPeopleStore(ports.database);
  const person = await store.byUsername(username);
  const userId = person?.user.id ?? null;
  const attempt = await beginAttempt(ports, { username, address: from.address, userId });
  const kept = person?.user.passwordHash ?? null;
  const { isRight, isStale } = await checkPassword(ports, typed.password, kept, cost);
  if (person === null || !isRight) {
    throw new ProblemError("invalid_credential", "the username or the password is wrong");
  }
  const { user } = person;
  if (user.disabledAt === null && user.totpSince !== null) {
    if (typed.totp === undefined) {
      await attempt.takeBack();
      throw new ProblemError("second_factor_required", "this account has a second factor: send its code too");
    }
    await checkSecondFactor(ports, user, typed.totp);
  }
  if (isStale) {
    await store.update(user.id, { passwordHash: await hashPassword(ports, typed.password, cost) });
  }
  await attempt.succeeded();
  const { name, email } = user;
  const who = { source: "password", subject: user.id, username, name, email, groups: null } as const;
  return await signInAs(deps, who, from);
}
