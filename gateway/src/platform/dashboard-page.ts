/** What belongs to the API and never to the dashboard. */
const notOurs =
  /^\/(v1|f|answer|hooks|runner|auth|schemas|health|livez|readyz|version|metrics|docs|openapi\.json)(\/|$)/;

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  png: "image/png",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
  sh: "text/x-shellscript; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  gz: "application/gzip",
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const safe: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pulse</title>
<h1>Pulse</h1><p>The gateway runs. Its dashboard has not been built yet: <code>npx -y pnpm@12.21.0 build</code> does that, and <code>pnpm start</code> does it by itself.</p>
<p><a href="/docs">The API</a></p></html>`;

/** A file of the dashboard that a request asks for. */
export interface DashboardFile {
  /** Within the built dashboard, beginning with a slash. */
  path: string;
  /** Whether it is the page itself, which stands at every address that has no extension. */
  isPage: boolean;
}

/** The file of the dashboard that a request asks for, or null when the request is none of its business. The same on every platform. */
export function dashboardFile(request: Request): DashboardFile | null {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const { pathname } = new URL(request.url);
  if (notOurs.test(pathname)) return null;
  const isFile = /\.[a-z0-9]+$/.test(pathname);
  // A program that asks for JSON at a wrong address gets the problem, not a page.
  const takesHtml = (request.headers.get("accept") ?? "").includes("text/html");
  if (!isFile && pathname !== "/" && !takesHtml) return null;
  const path = isFile ? pathname : "/index.html";
  return /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path) ? { path, isPage: !isFile } : null;
}

/** The headers of a file of the dashboard. Files under `assets/` and archives of the runner are named by their content and kept for a year. */
export function dashboardHeaders({ path }: DashboardFile): Record<string, string> {
  const isLasting = path.startsWith("/assets/") || /^\/install\/.*\.tar\.gz$/.test(path);
  return {
    ...safe,
    vary: "accept-encoding",
    "cache-control": isLasting ? "public, max-age=31536000, immutable" : "no-cache",
    "content-type": types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
  };
}

/** The page where no dashboard has been built. */
export function notBuiltPage(request: Request): Response {
  const headers = { ...safe, "content-type": types.html ?? "", "cache-control": "no-store" };
  return new Response(request.method === "HEAD" ? null : notBuilt, { headers });
}
