/** The name of a cookie of ours: with the `__Host-` prefix everywhere but on plain http. */
export function cookieName(publicUrl: string, name: string): string {
  return publicUrl.startsWith("https:") ? `__Host-${name}` : name;
}

/** A cookie's value; two cookies of the name are none, for one of them was set by somebody else. */
export function cookieOf(request: Request, name: string): string | null {
  const found: string[] = [];
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) found.push(part.slice(at + 1).trim());
  }
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The `Set-Cookie` value of a cookie that only our own origin has, and no script reads. Lax: an identity provider leads back by GET. 0 s removes it. */
export function cookieText(publicUrl: string, name: string, value: string, seconds: number): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${cookieName(publicUrl, name)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}
