import { t } from "../words/words.ts";

// Edge and Opera name Chrome too, and Chrome names Safari: the first that fits is meant.
const browsers = [
  ["Edge", /\bEdg\//],
  ["Opera", /\bOPR\//],
  ["Firefox", /\bFirefox\//],
  ["Chrome", /Chrom(e|ium)\//],
  ["Safari", /\bSafari\//],
  ["curl", /^curl\//],
] as const;
const systems = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(iPhone|iPad)\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
] as const;

/** A browser by the name it sends along: `Firefox · Linux`; what is not known as it was sent. */
export function browserText(userAgent: string | null): string {
  if (userAgent === null || userAgent === "") return t("settings.sessions_unknown");
  const find = (names: readonly (readonly [string, RegExp])[]) =>
    names.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const found = [find(browsers), find(systems)].filter((one) => one !== undefined);
  return found.length === 0 ? userAgent.slice(0, 60) : found.join(" · ");
}
