const pageRows = 200;
const pagesMost = 10;

interface ListPage<T> {
  items: T[];
  nextCursor: string | null;
}

/** All items of a list; of one longer than two thousand the first ones. */
export async function everyItem<T>(
  read: (page: { limit: number; cursor?: string }) => Promise<ListPage<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pagesMost; page += 1) {
    const found: ListPage<T> = await read({ limit: pageRows, ...(cursor === null ? {} : { cursor }) });
    items.push(...found.items);
    cursor = found.nextCursor;
    if (cursor === null) break;
  }
  return items;
}
