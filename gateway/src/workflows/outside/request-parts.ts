/** The headers of a request, as they go out. */
export type RequestHeaders<Value> = [string, Value][];

/** A body as it is sent: text as it is, anything else as JSON; null: none. */
export function bodyOf(body: unknown): { text: string; type: string } | null {
  if (body === null || body === undefined) return null;
  const isText = typeof body === "string";
  return {
    text: isText ? body : JSON.stringify(body),
    type: isText ? "text/plain; charset=utf-8" : "application/json",
  };
}

/** Whether a method has no body. */
export function isBodiless(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * The headers of a step's request with those that it has unless it says otherwise: the same key with every attempt, so that a receiver does
 * what it asks once; the depth ends workflows that call themselves, and the trace goes on.
 */
export function headersOf<Value>(
  given: RequestHeaders<Value>,
  {
    key,
    depth,
    type,
    traceparent,
  }: {
    key: string;
    depth: number;
    type: string | undefined;
    traceparent: string | null;
  },
): RequestHeaders<Value | string> {
  const headers: RequestHeaders<Value | string> = given.filter(
    ([name]) => name.toLowerCase() !== "pulse-depth",
  );
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !given.some(([one]) => one.toLowerCase() === name))
      headers.push([name, value]);
  };
  add("content-type", type);
  add("accept", "application/json, */*;q=0.5");
  add("idempotency-key", key.replace(/[^\x21-\x7e]/g, encodeURIComponent).slice(0, 255));
  add("traceparent", traceparent ?? undefined);
  headers.push(["pulse-depth", String(depth)]);
  return headers;
}
