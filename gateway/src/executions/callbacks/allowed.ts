import { ProblemError } from "@pulse/schema/problem";
import { type CheckedUrl, checkUrl, type OutboundPolicy } from "../../outbound/check-url.ts";
import { isAddress, names } from "../../outbound/host-list.ts";

/**
 * The URL of a callback, if it may be called: one that the outbound guard lets out, `https:`, to a host of the list (`host`,
 * `host:port`, `*.host`). An address, or `localhost`, may be called by `http:` too where the list names exactly that: whoever runs the
 * gateway wants it, as they want the hosts that everything may reach. Throws `validation_failed` else.
 */
export function readCallback(text: string, hosts: readonly string[], policy: OutboundPolicy): string {
  if (hosts.length === 0) {
    throw refused(
      "this gateway calls nobody back",
      'Its operator names the hosts that may be called: PULSE_CALLBACK_HOSTS="hooks.example.test".',
    );
  }
  if (text.length > 2048) throw refused("Pulse-Callback must be a URL of up to 2048 plain characters");
  const { url, isAllowed } = checked(text, policy);
  if (!hosts.some((one) => names(one, url))) {
    throw refused(
      `${url.host} may not be called back`,
      "The operator of the gateway lists the hosts that may be called in PULSE_CALLBACK_HOSTS.",
    );
  }
  if (url.protocol === "http:" && !isAllowed && !isAddress(url.hostname)) {
    throw refused("Pulse-Callback must be an https:// URL");
  }
  return url.href;
}

function checked(text: string, policy: OutboundPolicy): CheckedUrl {
  try {
    return checkUrl(text, policy);
  } catch (error) {
    throw error instanceof ProblemError ? refused(`it may not be called back: ${error.message}`) : error;
  }
}

function refused(detail: string, hint?: string): ProblemError {
  const errors = [{ pointer: "/headers/pulse-callback", detail }];
  return new ProblemError("validation_failed", detail, { errors, ...(hint === undefined ? {} : { hint }) });
}
