import { afterEach, beforeEach, expect } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { origin, TestGateway } from "../runners/gateway.suite.ts";

/** A gateway of each test's own, ended after it; nothing may have been logged as an error. */
export function gatewayOfEachTest(): () => TestGateway {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await TestGateway.start();
  });
  afterEach(async () => {
    await settle();
    gateway.close();
    expect(gateway.parts.problems).toEqual([]);
  });
  return () => gateway;
}

/** A password that nothing is wrong with. */
export const goodPassword = "correct horse battery";

/** A browser of a person: keeps the cookie and sends the origin. */
export class Browser {
  readonly #gateway: TestGateway;
  readonly #more: Record<string, string>;
  cookie = "";

  constructor(gateway: TestGateway, more: Record<string, string> = {}) {
    this.#gateway = gateway;
    this.#more = more;
  }

  /** Sends a JSON request; the cookie that comes is kept. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<Response> {
    const response = await this.#gateway.send(path, {
      method,
      headers: {
        origin,
        "content-type": "application/json",
        ...(this.cookie === "" ? {} : { cookie: this.cookie }),
        ...this.#more,
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const set = response.headers.get("set-cookie");
    if (set !== null) this.cookie = set.split(";", 1)[0] ?? "";
    return response;
  }

  /** Signs in by password. */
  signIn(username: string, more: { password?: string; totp?: string } = {}): Promise<Response> {
    return this.send("POST", "/v1/session", { username, password: goodPassword, ...more });
  }
}

/** Adds a person with the gateway's key. */
export async function addPerson(
  gateway: TestGateway,
  username: string,
  roles: Record<string, string> = {},
): Promise<void> {
  const response = await gateway.call("/v1/users", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: goodPassword, roles }),
  });
  if (response.status !== 201) throw new Error(await response.text());
}

/** Adds a person and signs them in. */
export async function signedIn(
  gateway: TestGateway,
  username: string,
  roles: Record<string, string> = {},
): Promise<Browser> {
  await addPerson(gateway, username, roles);
  const browser = new Browser(gateway);
  const response = await browser.signIn(username);
  if (response.status !== 201) throw new Error(await response.text());
  return browser;
}

/** What is of interest of an answer. */
export async function seen(response: Response): Promise<string> {
  if (response.ok) return "ok";
  return (await response.json()).code;
}
