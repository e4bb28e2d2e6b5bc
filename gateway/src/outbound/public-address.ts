import { addressBytes, isInRange, readRange } from "@pulse/schema/address";

const rangesOf = (texts: readonly string[]) =>
  texts.flatMap((text) => {
    const range = readRange(text);
    return range === null ? [] : [range];
  });

/** The special-purpose registries of IANA (RFC 6890 and what was added), and everything above 224. */
const inner = rangesOf([
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
  "224.0.0.0/3",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
]);
/** All that is given out of IPv6 lies here: mapped and translated addresses, links and private networks do not. */
const outer6 = rangesOf(["2000::/3"]);

/** Whether an address is one of the public internet: no private network, no link, no machine's own, no metadata service. */
export function isPublicAddress(address: string): boolean {
  const bytes = addressBytes(address);
  if (bytes === null) return false;
  // `::ffff:8.8.8.8` is read as the four bytes that it stands for, and nobody writes it in good faith.
  if (address.includes(":") && bytes.length === 4) return false;
  if (bytes.length === 16 && !outer6.some((range) => isInRange(bytes, range))) return false;
  return !inner.some((range) => isInRange(bytes, range));
}
