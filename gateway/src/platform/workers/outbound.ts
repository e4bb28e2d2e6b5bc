import type { OutboundPolicy } from "../../outbound/check-url.ts";
import type { Outbound } from "../../outbound/outbound.ts";

/**
 * How requests leave a Worker. There is no way to resolve a name first: scheme, port and what the text of a URL says are checked, and what
 * a Worker fetches leaves over the platform's own edge, which is in no private network of the user's and has no metadata service.
 */
export function workerOutbound(policy: OutboundPolicy): Outbound {
  return {
    policy,
    async send({ url, method, headers, body }, signal) {
      const response = await fetch(url.href, {
        ...{ method, body, signal, redirect: "manual" },
        headers: headers.map(([name, value]): [string, string] => [name, value]),
      });
      return response;
    },
  };
}
