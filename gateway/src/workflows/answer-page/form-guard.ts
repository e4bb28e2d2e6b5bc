import { cookieName, cookieOf, cookieText } from "../../auth/cookies.ts";
import { randomText } from "../../auth/keys.ts";
import { checkOrigin } from "../../auth/sessions.ts";
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

/** Whether a form was sent from the page itself. Throws `bad_origin` for one from elsewhere. */
export async function isFromPage(
  { config }: Deps,
  request: Request,
  page: string,
  token: string | null,
): Promise<boolean> {
  checkOrigin(config.publicUrl, request.headers.get("origin"));
  const value = cookieOf(request, cookieName(config.publicUrl, name));
  return value !== null && token !== null && token === (await tokenOf(value, page));
}

async function tokenOf(value: string, page: string): Promise<string> {
  return await sha256Hex(`${value} ${page}`);
}
