import type { OutboundPolicy } from "./check-url.ts";
import { isAddress } from "./host-list.ts";

/** What the settings of a gateway let go out. An address that may be called back is one the operator named. */
export function policyOf({
  outboundHosts,
  callbackHosts,
}: {
  outboundHosts: readonly string[];
  callbackHosts: readonly string[];
}): OutboundPolicy {
  const addresses = callbackHosts.filter((entry) => isAddress(entry.replace(/:\d+$/, "")));
  return { allowed: [...outboundHosts, ...addresses], ports: callbackHosts };
}
