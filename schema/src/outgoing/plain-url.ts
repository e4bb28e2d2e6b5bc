const textMost = 4096;

/**
 * Reads a URL that a user gave, by WHATWG and nothing else: absolute `http:` or `https:`, without credentials, spaces and backslashes, its
 * fragment and the last dot of its name left out. What is wrong with it otherwise, in words.
 */
export function plainUrl(text: string): URL | string {
  // The parser would drop some of these in silence, and others read them differently.
  if (text.length > textMost) return `a URL has at most ${textMost} characters`;
  if (!/^[\x21-\x7e]+$/.test(text)) return "a URL has plain ASCII characters and no spaces";
  if (text.includes("\\")) return "a URL has no backslashes";
  const url = URL.parse(text);
  if (url === null || url.host === "" || !/^https?:$/.test(url.protocol)) {
    return "only https:// and http:// URLs are called";
  }
  if (url.username !== "" || url.password !== "") {
    return "a URL has no user name and no password in it: send them as a header";
  }
  if (url.hash.includes("@")) return `what follows # in a URL has no ${"@"}`;
  url.hash = "";
  // With a dot at its end a name is the same name to DNS, and another one to lists.
  url.hostname = url.hostname.replace(/\.$/, "");
  // Resolvers read `localhost..` as they like.
  if (url.hostname.split(".").includes("")) return "a host has no empty part between its dots";
  return url;
}
