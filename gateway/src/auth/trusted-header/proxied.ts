import { ProblemError } from "@pulse/schema/problem";
import { peerOf } from "../../http/caller.ts";
import type { Deps, Principal } from "../../http/context.ts";
import { sha256Hex } from "../../http/encoding.ts";
import type { Ports } from "../../ports.ts";
import { createPeopleStore } from "../people/store.ts";
import { personInProject } from "../project-choice.ts";
import { checkOrigin } from "../sessions.ts";
import { type Identity, personOfIdentity } from "../sign-in-as.ts";
import { identityHeaders, identityIn, isProxy } from "./identity.ts";

/** How long a person is not written again who arrives with the same headers, milliseconds. */
const sameForMs = 30_000;
const sameMost = 1000;

/** What the headers said last of somebody, and whom that was written for. Values only. */
interface Said {
  digest: string;
  userId: string;
  at: number;
}
const known = new WeakMap<Ports, Map<string, Said>>();

/** What arrived of what a proxy sends, and what was made of it, for whoever sets one up. */
export interface Arrived {
  peer: string | null;
  isProxy: boolean;
  secret: "absent" | "wrong" | "right";
}

/** Looks at how a request arrived, without believing it. */
export async function arrivalOf({ config }: Deps, request: Request): Promise<Arrived> {
  const peer = peerOf(request);
  const given = request.headers.get(identityHeaders.secret);
  const wanted = config.trustedHeaders?.secret;
  const isRight =
    given !== null && wanted !== undefined && (await sha256Hex(given)) === (await sha256Hex(wanted));
  return {
    peer,
    isProxy: isProxy(peer, config.addresses?.trustedProxies ?? []),
    secret: given === null ? "absent" : isRight ? "right" : "wrong",
  };
}

/**
 * Whom a trusted proxy says a request is from, with each request anew: null when that is not set up, or nobody is named. Throws `invalid_credential`
 * when somebody is named by anything but the proxy with its secret, `bad_request` for a name that is none, `bad_origin`, and what `personOfIdentity` throws.
 */
export async function proxiedPerson(deps: Deps, request: Request): Promise<Principal | null> {
  const { config, ports } = deps;
  if (config.trustedHeaders === undefined || !request.headers.has(identityHeaders.user)) return null;
  const { peer, isProxy: isFromProxy, secret } = await arrivalOf(deps, request);
  if (!isFromProxy || secret !== "right") {
    ports.log.warn("somebody was named who did not come through the proxy", { peer, secret });
    throw new ProblemError(
      "invalid_credential",
      "only the proxy of PULSE_TRUSTED_PROXIES, with its secret, says who somebody is",
    );
  }
  const who = identityIn(request.headers);
  if (who === null) return null;
  // The browser adds the proxy's sign-in to whatever any page makes it send.
  if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) {
    checkOrigin(config.publicUrl, request.headers.get("origin"));
  }
  const person = await personLike(deps, who);
  return await personInProject(ports, request, person, { id: null, expiresAt: ports.now() + sameForMs });
}

async function personLike(deps: Deps, who: Identity) {
  const { ports } = deps;
  const all = known.get(ports) ?? new Map<string, Said>();
  known.set(ports, all);
  const digest = await sha256Hex(JSON.stringify(who));
  const last = all.get(who.subject);
  if (last?.digest === digest && ports.now() - last.at < sameForMs) {
    const person = await createPeopleStore(ports.database).byId(last.userId);
    if (person !== null && person.user.disabledAt === null) return person;
  }
  const person = await personOfIdentity(deps, who);
  if (all.size >= sameMost) all.clear();
  all.set(who.subject, { digest, userId: person.user.id, at: ports.now() });
  return person;
}
