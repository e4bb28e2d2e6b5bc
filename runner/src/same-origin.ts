import { ProblemError } from "@pulse/schema/problem";
import { fetch, type RequestInit, type Response } from "undici";

const redirectsMost = 5;

/** `fetch` that is redirected within an origin only: a gateway, or whoever is between, must not have the runner call something else for it. */
export async function fetchWithin(url: string, init: RequestInit): Promise<Response> {
  let at = url;
  for (let n = 0; n <= redirectsMost; n++) {
    const response = await fetch(at, { ...init, redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    const isSame = next.origin === new URL(url).origin;
    const keepsMethod = [307, 308].includes(response.status) || init.method === "GET";
    if (!isSame || !keepsMethod || init.body instanceof ReadableStream) {
      const where = isSame ? "in a way that loses its body" : `to ${next.origin}, which is not followed`;
      throw new ProblemError(
        "unavailable",
        `${new URL(url).origin} redirects ${init.method ?? "GET"} ${where}`,
      );
    }
    at = next.href;
  }
  throw new ProblemError("unavailable", `${new URL(url).origin} redirects in circles`);
}
