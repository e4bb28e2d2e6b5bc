import { addressBytes, isInRange, readRange } from "@pulse/schema/address";
import { closedRanges, closedRanges6 } from "@pulse/schema/closed-ranges";

const rangesOf = (texts: readonly string[]) =>
  texts.flatMap((text) => {
    const range = readRange(text);
    return range === null ? [] : [range];
  });

const inner = rangesOf([...closedRanges, ...closedRanges6]);
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
