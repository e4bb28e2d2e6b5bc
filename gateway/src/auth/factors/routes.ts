import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/people";
import { bind } from "../../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../../http/context.ts";
import { beginAttempt } from "../passwords/attempts.ts";
import { checkPassword, hashPassword, usualCost } from "../passwords/hash.ts";
import { checkNewPassword } from "../passwords/policy.ts";
import { createPeopleStore } from "../people/store.ts";
import { createAuthStore, type UserRow } from "../store.ts";
import {
  checkSecondFactor,
  confirmSecondFactor,
  offerSecondFactor,
  removeSecondFactor,
} from "./second-factor.ts";
import { otpauthUri } from "./totp.ts";

/** Mounts what people do with their own account: password and second factor. */
export function mountOwnAccount(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  const store = createPeopleStore(ports.database);

  async function own({ userId }: Principal): Promise<UserRow> {
    const person = userId === null ? null : await store.byId(userId);
    if (person === null) throw new ProblemError("forbidden", "this is for people; a key has no account");
    return person.user;
  }

  /** The person who asks, once the password was right; wrong ones count as sign-ins that failed. */
  async function proved(principal: Principal, password: string, address: string | null): Promise<UserRow> {
    const user = await own(principal);
    const who = { username: user.username, address, userId: user.id };
    const attempt = await beginAttempt(ports, who);
    const cost = config.passwordCost ?? usualCost;
    const { isRight } = await checkPassword(ports, password, user.passwordHash, cost);
    if (!isRight) throw new ProblemError("forbidden", "the present password is wrong");
    await attempt.takeBack();
    return user;
  }

  bind(app, deps, wire.changePassword, async ({ principal, body, address }) => {
    const user = await proved(principal, body.current, address);
    await checkNewPassword(ports, config, body.password, user.username);
    const passwordHash = await hashPassword(ports, body.password, config.passwordCost ?? usualCost);
    await store.update(user.id, { passwordHash });
    await createAuthStore(ports.database).endSessions({ userId: user.id }, principal.sessionId);
    return { status: 204 };
  });
  bind(app, deps, wire.offerSecondFactor, async ({ principal, body, address }) => {
    const user = await proved(principal, body.password, address);
    const secret = await offerSecondFactor(ports, user);
    const uri = otpauthUri(secret, user.username, new URL(config.publicUrl).host);
    return { status: 201, headers: { "cache-control": "no-store" }, body: { secret, uri } };
  });
  bind(app, deps, wire.confirmSecondFactor, async ({ principal, body }) => {
    const codes = await confirmSecondFactor(ports, await own(principal), body.code.replace(/\s/g, ""));
    return { headers: { "cache-control": "no-store" }, body: { recoveryCodes: codes } };
  });
  bind(app, deps, wire.removeSecondFactor, async ({ principal, body, address }) => {
    const user = await proved(principal, body.password, address);
    if (user.totpSince === null) throw new ProblemError("not_found", "there is no second factor");
    await checkSecondFactor(ports, user, body.code);
    await removeSecondFactor(ports, user.id);
    return { status: 204 };
  });
}
