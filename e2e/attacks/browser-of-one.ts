/** A browser as far as sign-ins go: keeps cookies of one gateway, follows nothing by itself. */
export class BrowserOfOne {
  readonly #gateway: string;
  readonly #cookies = new Map<string, string>();

  constructor(gateway: string) {
    this.#gateway = gateway;
  }

  /** Cookies as the browser sends them to the gateway. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Goes to an address; cookies go to the gateway alone, and are kept from its answers. */
  async go(address: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.#gateway);
    const headers = new Headers(init.headers);
    const isOurs = url.origin === this.#gateway;
    if (isOurs && this.#cookies.size > 0) headers.set("cookie", this.cookie);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of isOurs ? response.headers.getSetCookie() : []) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Begins a sign-in at the gateway and passes the provider; returns where the provider sends the browser back to. */
  async throughProvider(returnTo = "/"): Promise<string> {
    const start = await this.go(`/auth/oidc/start?return=${encodeURIComponent(returnTo)}`);
    const there = start.headers.get("location");
    if (start.status !== 302 || there === null)
      throw new Error(`begin: ${start.status} ${await start.text()}`);
    const passed = await this.go(there);
    const back = passed.headers.get("location");
    if (back === null) throw new Error(`the provider answered ${passed.status}`);
    return back;
  }
}
