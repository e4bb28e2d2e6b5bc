import * as wire from "@pulse/schema/wire/sign-in";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { identityHeaders } from "./identity.ts";
import { arrivalOf } from "./proxied.ts";

/** Mounts what an admin looks at who sets up a proxy that signs people in. */
export function mountTrustedHeaders(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.signInArrival, async ({ request }) => {
    const { peer, isProxy, secret } = await arrivalOf(deps, request);
    const shown = (name: string) => request.headers.get(name)?.slice(0, 500) ?? null;
    const { user, groups, name, email } = identityHeaders;
    return {
      body: {
        peer,
        isTrustedProxy: isProxy,
        secret,
        isOn: deps.config.trustedHeaders !== undefined,
        headers: { user: shown(user), groups: shown(groups), name: shown(name), email: shown(email) },
      },
    };
  });
}
