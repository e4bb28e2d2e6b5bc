import { ProblemError } from "@pulse/schema/problem";

/**
 * The URL of a callback, if it may be called: `https:`, to a host of the list (`host`, `host:port`, `*.host`). An address, or `localhost`, may be
 * called by `http:` too where the list names exactly that: whoever runs the gateway wants it. Throws `validation_failed` else.
 */
export function readCallback(text: string, hosts: readonly string[]): string {
  if (hosts.length === 0) {
    throw refused(
      "this gateway calls nobody back",
      'Its operator names the hosts that may be called: PULSE_CALLBACK_HOSTS="hooks.example.test".',
    );
  }
  // The parser would drop some of these in silence, and others read them differently.
  if (text.length > 2048 || !/^[\x21-\x7e]+$/.test(text) || text.includes("\\")) {
    throw refused("Pulse-Callback must be a URL of up to 2048 plain characters");
  }
  const url = URL.parse(text);
  if (url === null || url.host === "" || !/^https?:$/.test(url.protocol)) {
    throw refused("Pulse-Callback must be an https:// URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw refused("Pulse-Callback must not contain a user name or a password");
  }
  const entry = hosts.find((one) => isNamedBy(one, url));
  if (entry === undefined) {
    throw refused(
      `${url.host} may not be called back`,
      "The operator of the gateway lists the hosts that may be called in PULSE_CALLBACK_HOSTS.",
    );
  }
  if (url.protocol === "http:" && !isAddress(url.hostname)) {
    throw refused("Pulse-Callback must be an https:// URL");
  }
  url.hash = "";
  return url.href;
}

/** Whether a host is written as an address, or is this machine by name. */
export function isAddress(hostname: string): boolean {
  return hostname === "localhost" || hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

function isNamedBy(entry: string, url: URL): boolean {
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (port === undefined ? url.port !== "" : (url.port || defaultPort(url)) !== port) return false;
  return host.startsWith("*.") ? url.hostname.endsWith(host.slice(1)) : url.hostname === host;
}

function defaultPort(url: URL): string {
  return url.protocol === "https:" ? "443" : "80";
}

function refused(detail: string, hint?: string): ProblemError {
  const errors = [{ pointer: "/headers/pulse-callback", detail }];
  return new ProblemError("validation_failed", detail, { errors, ...(hint === undefined ? {} : { hint }) });
}
