import { ProblemError } from "@pulse/schema/problem";

/** A page of a list as it is answered: with `Link: rel="next"` (RFC 8288) where another one follows. */
export function pageReply<T>(
  request: Request,
  page: { items: T[]; nextCursor: string | null },
): { body: typeof page; headers: Record<string, string> } {
  if (page.nextCursor === null) return { body: page, headers: {} };
  const next = new URL(request.url);
  next.searchParams.set("cursor", page.nextCursor);
  return { body: page, headers: { link: `<${next.pathname}${next.search}>; rel="next"` } };
}

/** Makes a page of rows that were read one beyond its limit; `cursorOf` names the place of the last one shown. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  viewOf: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(viewOf), nextCursor: last === undefined ? null : cursorOf(last) };
}

/** The problem of a cursor that is none of the list's. */
export function badCursor(cause?: unknown): ProblemError {
  return new ProblemError("validation_failed", "the cursor is not one of this list", {
    errors: [{ pointer: "/cursor", detail: "must be a nextCursor of this list" }],
    cause,
  });
}
