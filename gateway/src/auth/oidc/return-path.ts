/** Where a browser goes after it signed in: a path of ours as it was asked for, else the front page. Never another origin, however it is written. */
export function returnPath(wanted: string | null | undefined, publicUrl: string): string {
  if (wanted === null || wanted === undefined || !/^\/(?![/\\])[^\\\u0000-\u001f]*$/.test(wanted)) return "/";
  const url = URL.parse(wanted, publicUrl);
  if (url === null || url.origin !== new URL(publicUrl).origin) return "/";
  const path = url.pathname + url.search + url.hash;
  return path.startsWith("//") ? "/" : path;
}
