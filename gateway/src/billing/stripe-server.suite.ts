import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { StripeSettings } from "@pulse/schema/billing-settings";

/** What goes wrong with the next call: it is refused, not answered, cut off, or done with its answer lost. */
export type Fault = 500 | 429 | "silence" | "reset" | "lost answer";

interface FakeSubscription {
  status: string;
  price: string;
  project: string | null;
  customer: string;
}

/** A server that has the shape of Stripe's API as far as Pulse uses it, with its idempotency, and that fails as a test wants. */
export class StripeServer {
  readonly subscriptions = new Map<string, FakeSubscription>();
  /** Meter events by identifier. */
  readonly meterEvents = new Map<string, URLSearchParams>();
  readonly checkouts: URLSearchParams[] = [];
  /** Method and path of each call, in order. */
  readonly calls: string[] = [];
  faults: Fault[] = [];
  /** Runs before a subscription is answered, once: what happens while it is asked for. */
  meanwhile: (() => Promise<void>) | null = null;
  readonly settings: StripeSettings;
  readonly #answers = new Map<string, { status: number; body: unknown }>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor() {
    this.settings = {
      key: "sk_test_0123456789",
      webhookSecret: "whsec_0123456789",
      prices: new Map([
        [
          "pro",
          [
            { id: "price_pro", isMetered: false },
            { id: "price_use", isMetered: true },
          ],
        ],
      ]),
      url: "",
    };
  }

  static async start(): Promise<StripeServer> {
    const stripe = new StripeServer();
    await new Promise<void>((resolve) => stripe.#server.listen(0, "127.0.0.1", resolve));
    const { port } = stripe.#server.address() as AddressInfo;
    stripe.settings.url = `http://127.0.0.1:${port}`;
    return stripe;
  }

  /** An event as it is delivered: the body and its signature, made at `now`. */
  event(id: string, type: string, object: object, now: number): { body: string; signature: string } {
    const body = JSON.stringify({ id, object: "event", type, data: { object } });
    const t = Math.floor(now / 1000);
    const v1 = createHmac("sha256", this.settings.webhookSecret).update(`${t}.${body}`).digest("hex");
    return { body, signature: `t=${t},v1=${v1}` };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const { method = "", url = "" } = request;
    this.calls.push(`${method} ${url}`);
    const fault = this.faults.shift();
    if (fault === "silence") return;
    if (fault === "reset") return void request.socket.destroy();
    if (typeof fault === "number") return send(response, fault, { error: { message: "not now" } });
    const key = request.headers["idempotency-key"];
    const known = typeof key === "string" ? this.#answers.get(`${url} ${key}`) : undefined;
    const answer = known ?? (await this.#answer(request, method, url, form));
    if (typeof key === "string") this.#answers.set(`${url} ${key}`, answer);
    if (fault === "lost answer") return void request.socket.destroy();
    send(response, answer.status, answer.body);
  }

  async #answer(
    request: IncomingMessage,
    method: string,
    url: string,
    form: URLSearchParams,
  ): Promise<{ status: number; body: unknown }> {
    const refused = (status: number, message: string) => ({ status, body: { error: { message } } });
    if (request.headers.authorization !== `Bearer ${this.settings.key}`)
      return refused(401, "Invalid API Key");
    if (method === "GET" && url.startsWith("/v1/subscriptions/")) {
      const run = this.meanwhile;
      this.meanwhile = null;
      const id = url.slice("/v1/subscriptions/".length);
      const found = this.subscriptions.get(id);
      const body = found === undefined ? null : subscriptionBody(id, { ...found });
      await run?.();
      return body === null ? refused(404, `No such subscription: '${id}'`) : { status: 200, body };
    }
    if (url === "/v1/checkout/sessions") {
      const price = form.get("line_items[0][price]");
      if (price !== "price_pro") return refused(400, `No such price: '${price}'`);
      this.checkouts.push(form);
      return {
        status: 200,
        body: { id: "cs_1", url: `https://checkout.example.test/${this.checkouts.length}` },
      };
    }
    if (url === "/v1/billing_portal/sessions") {
      return {
        status: 200,
        body: { id: "bps_1", url: `https://portal.example.test/${form.get("customer")}` },
      };
    }
    if (url === "/v1/billing/meter_events") {
      const identifier = form.get("identifier") ?? "";
      if (this.meterEvents.has(identifier)) {
        return refused(400, `An event already exists with identifier ${identifier}.`);
      }
      this.meterEvents.set(identifier, form);
      return { status: 200, body: { object: "billing.meter_event", identifier } };
    }
    return refused(404, "Unrecognized request URL");
  }

  /** What was reported of a metric, all together. */
  reported(metric: string): number {
    return [...this.meterEvents.values()]
      .filter((form) => form.get("event_name") === `pulse_${metric}`)
      .reduce((sum, form) => sum + Number(form.get("payload[value]")), 0);
  }
}

function subscriptionBody(id: string, { status, price, project, customer }: FakeSubscription): unknown {
  return {
    id,
    object: "subscription",
    status,
    customer,
    metadata: project === null ? {} : { project },
    items: { object: "list", data: [{ id: "si_1", price: { id: price, object: "price" }, quantity: 1 }] },
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
