import { cookieName, cookieOf, cookieText } from "../../auth/cookies.ts";
import { randomText } from "../../auth/keys.ts";
import type { Deps } from "../../http/context.ts";
import { sha256Hex } from "../../http/encoding.ts";

const name = "pulse_answer";
const secondsMost = 12 * 3600;

/** What a page gives its forms, so that they can only be sent from there. */
export interface FormGuard {
  token: string;
  cookie: string;
}

/** The guard of a page for this browser: a cookie that only our origin reads, and a token that is made of it. */
export async function guardOf({ ports, config }: Deps, request: Request, page: string): Promise<FormGuard> {
  const before = cookieOf(request, cookieName(config.publicUrl, name));
  const value = before !== null && /^\w{43}$/.test(before) ? before : randomText(ports, 43);
  return {
    token: await tokenOf(value, page),
    cookie: cookieText(config.publicUrl, name, value, secondsMost),
  };
}

/** Where a form was sent from: the page itself, one of ours that is not good any longer, or somewhere else. */
export async function senderOf(
  { config }: Deps,
  request: Request,
  page: string,
  token: string | null,
): Promise<"page" | "stale" | "elsewhere"> {
  if (request.headers.get("origin") !== new URL(config.publicUrl).origin) return "elsewhere";
  const value = cookieOf(request, cookieName(config.publicUrl, name));
  const isGood = value !== null && token !== null && token === (await tokenOf(value, page));
  return isGood ? "page" : "stale";
}

async function tokenOf(value: string, page: string): Promise<string> {
  return await sha256Hex(`${value} ${page}`);
}
