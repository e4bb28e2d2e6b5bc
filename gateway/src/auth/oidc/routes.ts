import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/sign-in";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { cookieName, cookieOf, cookieText } from "../cookies.ts";
import { returnPath } from "./return-path.ts";
import { beginSignIn, endSignIn, flowMs } from "./sign-in.ts";

const flowCookie = "pulse_sign_in";

/** Mounts the ways in, and the sign-in at an identity provider. */
export function mountOidc(app: PulseApp, deps: Deps): void {
  const { config } = deps;
  const settings = () => {
    if (config.oidc === undefined) throw new ProblemError("not_found", "no identity provider is set up here");
    return config.oidc;
  };
  const redirectUri = () => `${config.publicUrl}${wire.endOidc.path}`;

  bind(app, deps, wire.signInMethods, async () => ({
    body: {
      password: true,
      oidc: config.oidc === undefined ? null : { name: config.oidc.name, url: wire.beginOidc.path },
      proxy: config.trustedHeaders !== undefined,
    },
  }));
  bind(app, deps, wire.beginOidc, async ({ query }) => {
    const returnTo = returnPath(query.return, config.publicUrl);
    const { location, browser } = await beginSignIn(deps, settings(), {
      redirectUri: redirectUri(),
      returnTo,
    });
    return to(location, [cookieText(config.publicUrl, flowCookie, browser, flowMs / 1000)]);
  });
  app.get(wire.endOidc.path, async (c, next) => {
    await next();
    // A browser is led to the page to sign in, which says what went wrong; a program has its problem.
    const isPage = /\btext\/html\b/.test(c.req.header("accept") ?? "");
    if (isPage && c.error instanceof ProblemError) c.res = to(`/?signin=${c.error.code}`, []);
  });
  bind(app, deps, wire.endOidc, async ({ query, request, address, audit }) => {
    const returned = {
      state: query.state ?? "",
      code: query.code ?? null,
      issuer: query.iss ?? null,
      error: query.error ?? null,
      browser: cookieOf(request, cookieName(config.publicUrl, flowCookie)),
    };
    const from = { request, address };
    const { session, returnTo } = await endSignIn(deps, settings(), returned, redirectUri(), from);
    audit.knows(session.principal);
    return to(returnTo, [session.cookie, cookieText(config.publicUrl, flowCookie, "", 0)]);
  });
}

function to(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 302, headers });
}
