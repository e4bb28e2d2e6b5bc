/**
 * Where nothing that a user wrote may connect unless an operator opens it: this host, private and link-local networks (cloud metadata among them), shared and test
 * ranges, multicast. Of the IANA special-purpose registries (RFC 6890 and what was added) all that is not globally reachable.
 */
export const closedRanges: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** The same within `2000::/3`, outside of which nothing of IPv6 is given out. */
export const closedRanges6: readonly string[] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];
