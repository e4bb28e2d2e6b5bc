/** Where the stream of changes is. Written out: the contract of the stream knows the form of everything, too much for the first page. */
export const streamPath = "/v1/events";

/** The stream of these topics, behind an id (null: from now on). */
export function streamUrl(topics: readonly string[], after: string | null): string {
  const query = new URLSearchParams({ topics: topics.join(","), ...(after === null ? {} : { after }) });
  return `${streamPath}?${query}`;
}
