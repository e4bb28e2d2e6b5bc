/** Whether an entry of a list of hosts (`host`, `host:port`, `*.host`) names the host of a URL; without a port it means the scheme's own. */
export function names(entry: string, url: URL): boolean {
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (port === undefined ? url.port !== "" : (url.port || defaultPort(url)) !== port) return false;
  return host.startsWith("*.") ? url.hostname.endsWith(host.slice(1)) : url.hostname === host;
}

function defaultPort(url: URL): string {
  return url.protocol === "https:" ? "443" : "80";
}

/** Whether a host is written as an address, or is this machine by name. */
export function isAddress(hostname: string): boolean {
  return hostname === "localhost" || hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}
