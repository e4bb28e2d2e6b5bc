import * as z from "zod";

/** Which places something may reach: any, none, or those that are named. */
export type Reach = "any" | "none" | readonly string[];

/** A place, `host:port`, in which `*` stands for anything; an IPv6 address stands in brackets. */
export const placeField = z
  .string()
  .regex(
    /^([^\s:/,]+|\[[0-9a-fA-F:.*]+\]):(\d{1,5}|\*)$/,
    "must be host:port, such as *.example.test:443 or db.example.test:*",
  );

/** Places as they stand in a variable: `any`, `none`, or a list with commas. */
export const reachText = z
  .string()
  .transform((text): Reach => {
    const word = text.trim();
    return word === "any" || word === "none" ? word : word.split(",").map((one) => one.trim());
  })
  .pipe(z.union([z.enum(["any", "none"]), z.array(placeField)]));

const portOf = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");

/** Why a URL may not be called, in words; null: it may. */
export function refusalOfPlace(reach: Reach, url: URL): string | null {
  if (reach === "any") return null;
  if (reach === "none") return "no requests";
  const port = portOf(url);
  const isAmong = reach.some((one) => matches(one, url.hostname, port));
  return isAmong ? null : `no requests to ${url.hostname}:${port}`;
}

function matches(place: string, host: string, port: string): boolean {
  const at = place.lastIndexOf(":");
  const [wanted, wantedPort] = [place.slice(0, at).toLowerCase(), place.slice(at + 1)];
  if (wantedPort !== "*" && Number(wantedPort) !== Number(port)) return false;
  // What is written as an address means addresses: a name that begins alike, `10.1.example.test`, leads anywhere.
  const isOfAddresses = /^[0-9.*]*[0-9][0-9.*]*$/.test(wanted);
  if (isOfAddresses && !/^[0-9.]+$/.test(host)) return false;
  const escaped = wanted.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`).test(host);
}
