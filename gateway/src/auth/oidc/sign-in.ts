import type { OidcSettings } from "@pulse/schema/oidc-settings";
import { ProblemError } from "@pulse/schema/problem";
import type { Deps } from "../../http/context.ts";
import { sha256Hex, toBase64Url } from "../../http/encoding.ts";
import { randomText } from "../keys.ts";
import type { From, OpenedSession } from "../sessions.ts";
import { type Identity, signInAs } from "../sign-in-as.ts";
import { createFlowStore } from "./flow-store.ts";
import { claimsOf } from "./id-token.ts";
import { type Answer, type Discovery, type Provider, providerOf } from "./provider.ts";

/** Anybody may begin; nobody fills the database with it. */
const flowsMost = 10_000;
/** How long somebody may take at the provider, milliseconds. */
export const flowMs = 600_000;

/** A sign-in that began: where the browser goes, and what binds it to this browser. */
export interface Begun {
  location: string;
  browser: string;
}

/** Begins a sign-in (RFC 6749 4.1 with PKCE, RFC 7636, S256). Throws `unavailable` when the provider is not there, and `rate_limited`. */
export async function beginSignIn(
  { ports }: Deps,
  oidc: OidcSettings,
  given: { redirectUri: string; returnTo: string },
): Promise<Begun> {
  const { authorization_endpoint } = await providerOf(ports, oidc.issuer).about();
  const [state, nonce, verifier, browser] = [1, 2, 3, 4].map(() => randomText(ports, 43)) as [
    string,
    string,
    string,
    string,
  ];
  const now = ports.now();
  const isRoom = await createFlowStore(ports.database).insert(
    {
      state: await sha256Hex(state),
      browser: await sha256Hex(browser),
      nonce,
      verifier,
      returnTo: given.returnTo,
      expiresAt: now + flowMs,
    },
    now,
    flowsMost,
  );
  if (!isRoom) throw new ProblemError("rate_limited", "too many people are signing in", { retryAfter: 60 });
  const location = new URL(authorization_endpoint);
  const query = {
    response_type: "code",
    client_id: oidc.clientId,
    redirect_uri: given.redirectUri,
    scope: oidc.scopes,
    state,
    nonce,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) location.searchParams.set(name, value);
  return { location: location.href, browser };
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return toBase64Url(new Uint8Array(digest));
}

/** What the provider sent the browser back with. */
export interface Returned {
  state: string;
  code: string | null;
  /** Who answered, where the provider says so (RFC 9207). */
  issuer: string | null;
  error: string | null;
  /** From the browser's cookie. */
  browser: string | null;
}

/**
 * Ends a sign-in: exchanges the code, checks the ID token, signs in. Throws `invalid_state` for what this browser did not begin or ended already,
 * `invalid_credential` for a token that is not good or a person who refused, `unavailable`, and what `signInAs` throws.
 */
export async function endSignIn(
  deps: Deps,
  oidc: OidcSettings,
  returned: Returned,
  redirectUri: string,
  from: From,
): Promise<{ session: OpenedSession; returnTo: string }> {
  const { ports } = deps;
  const { browser, code, state } = returned;
  const now = ports.now();
  const [stateDigest, browserDigest] = await Promise.all([sha256Hex(state), sha256Hex(browser ?? "")]);
  const store = createFlowStore(ports.database);
  const flow = browser === null ? null : await store.take(stateDigest, browserDigest, now);
  if (flow === null) {
    throw new ProblemError("invalid_state", "this browser has no such sign-in under way; begin again", {
      hint: "A sign-in is good for ten minutes and once, in the browser that began it, with cookies allowed.",
    });
  }
  if (returned.issuer !== null && returned.issuer !== oidc.issuer) {
    throw new ProblemError("invalid_credential", "another provider answered than the one that was asked");
  }
  if (code === null) {
    const why = (returned.error ?? "no code").slice(0, 100);
    throw new ProblemError(
      "invalid_credential",
      `the identity provider let nobody in: ${JSON.stringify(why)}`,
    );
  }
  const provider = providerOf(ports, oidc.issuer);
  const about = await provider.about();
  const answer = await provider.ask(
    about.token_endpoint,
    tokenRequest(oidc, about, { code, redirectUri, verifier: flow.verifier }),
  );
  const { idToken, accessToken } = tokensOf(answer);
  const claims = await claimsOf(
    idToken,
    {
      issuer: oidc.issuer,
      clientId: oidc.clientId,
      nonce: flow.nonce,
      algorithms: about.id_token_signing_alg_values_supported,
      now: ports.now(),
    },
    provider.keys,
  );
  const more = await userInfo(oidc, about, provider, claims, accessToken);
  const session = await signInAs(deps, identityOf(oidc, { ...more, ...claims }), from);
  return { session, returnTo: flow.returnTo };
}

function tokenRequest(
  { clientId, clientSecret }: OidcSettings,
  about: Discovery,
  given: { code: string; redirectUri: string; verifier: string },
) {
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    code: given.code,
    redirect_uri: given.redirectUri,
    client_id: clientId,
    code_verifier: given.verifier,
  });
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  const methods = about.token_endpoint_auth_methods_supported;
  if (clientSecret !== null) {
    if (methods.includes("client_secret_basic")) {
      const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
      headers.authorization = `Basic ${btoa(pair)}`;
    } else form.set("client_secret", clientSecret);
  }
  return { method: "POST", headers, body: form.toString() };
}

function tokensOf({ status, body }: Answer): { idToken: string; accessToken: string | null } {
  const given = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (status !== 200 || typeof given.id_token !== "string") {
    const why = typeof given.error === "string" ? given.error.slice(0, 100) : `status ${status}`;
    throw new ProblemError(
      "invalid_credential",
      `the identity provider did not take the code: ${JSON.stringify(why)}`,
    );
  }
  return {
    idToken: given.id_token,
    accessToken: typeof given.access_token === "string" ? given.access_token : null,
  };
}

/** What the provider tells of somebody elsewhere, where the token alone does not say who it is or their groups; the same person's, or nothing. */
async function userInfo(
  oidc: OidcSettings,
  about: Discovery,
  provider: Provider,
  claims: Readonly<Record<string, unknown>>,
  accessToken: string | null,
): Promise<Record<string, unknown>> {
  const isComplete = oidc.usernameClaim in claims && oidc.groupsClaim in claims;
  if (isComplete || accessToken === null || about.userinfo_endpoint === undefined) return {};
  const headers = { authorization: `Bearer ${accessToken}` };
  const { status, body } = await provider.ask(about.userinfo_endpoint, { method: "GET", headers });
  const given = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return status === 200 && given.sub === claims.sub ? given : {};
}

function identityOf(oidc: OidcSettings, claims: Readonly<Record<string, unknown>>): Identity {
  const text = (name: string) => {
    const value = claims[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const subject = text("sub");
  const email = text("email");
  const username = text(oidc.usernameClaim) ?? email ?? subject;
  if (subject === null || username === null) {
    throw new ProblemError("invalid_credential", "the identity provider's token names nobody");
  }
  const groups = claims[oidc.groupsClaim];
  return {
    source: "oidc",
    subject: `${oidc.issuer} ${subject}`,
    username,
    name: text("name") ?? username,
    // An address that nobody checked is worth nothing: it is shown to admins as if it were somebody's.
    email: claims.email_verified === false ? null : email,
    groups: Array.isArray(groups) ? groups.filter((one): one is string => typeof one === "string") : null,
  };
}
