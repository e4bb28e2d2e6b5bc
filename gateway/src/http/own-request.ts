const own = new WeakSet<Request>();

/** Marks a request as one that the gateway sends to itself for another, which was counted when it came. Nothing that comes from outside is one. */
export function sentByItself(request: Request): Request {
  own.add(request);
  return request;
}

/** Whether the gateway sent this to itself. */
export function isOwnRequest(request: Request): boolean {
  return own.has(request);
}
