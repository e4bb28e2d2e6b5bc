import type { HandedOut } from "../../ports.ts";
import { dashboardFile, dashboardHeaders, notBuiltPage } from "../dashboard-page.ts";
import { handedOutPath, readHandedOut } from "../handed-out.ts";
import type { StaticFiles } from "./bindings.ts";

const passedOn = ["etag", "content-length", "content-encoding"];

/**
 * The dashboard's answer to a request, from the static files that were deployed along; null when the request is none of its business. The
 * platform's own answer is never passed on as it is: it knows nothing of our headers.
 */
export async function serveDashboard(request: Request, files: StaticFiles): Promise<Response | null> {
  const file = dashboardFile(request);
  if (file === null) return null;
  const match = request.headers.get("if-none-match");
  const headers: Record<string, string> = match === null ? {} : { "if-none-match": match };
  const found = await files.fetch(new Request(new URL(file.path, request.url), { headers }));
  if (found.status !== 200 && found.status !== 304) {
    await found.body?.cancel();
    return file.isPage ? notBuiltPage(request) : null;
  }
  const ours = new Headers(dashboardHeaders(file));
  for (const name of passedOn) {
    const value = found.headers.get(name);
    if (value !== null) ours.set(name, value);
  }
  const isBare = request.method === "HEAD" || found.status === 304;
  if (isBare) await found.body?.cancel();
  return new Response(isBare ? null : found.body, { status: found.status, headers: ours });
}

/** What stands for runners among the static files; null where there is nothing. The host of the address means nothing to them. */
export async function builtRunner(files: StaticFiles): Promise<HandedOut | null> {
  const found = await files.fetch(new Request(new URL(handedOutPath, "http://assets.example.test")));
  if (found.status === 200) return readHandedOut(await found.text());
  await found.body?.cancel();
  return null;
}
