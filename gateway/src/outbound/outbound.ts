import type { CheckedUrl, OutboundPolicy } from "./check-url.ts";

/** One request that leaves the gateway. */
export interface Hop extends CheckedUrl {
  method: string;
  headers: readonly (readonly [string, string])[];
  body: Uint8Array<ArrayBuffer> | null;
}

/** What a hop was answered, its body still to be read and not encoded any more. */
export interface HopAnswer {
  status: number;
  headers: Headers;
  body: ReadableStream<Uint8Array> | null;
}

/** How requests leave the gateway where it runs. */
export interface Outbound {
  policy: OutboundPolicy;
  /**
   * Sends one request and follows no redirect. Rejects with `url_not_allowed` when the name leads inside and the operator did not name
   * it, where the platform can tell; with anything else when there is no answer.
   */
  send(hop: Hop, signal: AbortSignal): Promise<HopAnswer>;
}
