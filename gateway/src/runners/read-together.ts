import type { Ports } from "../ports.ts";

const most = 500;

interface Asked<T> {
  resolve(found: T | null): void;
  reject(error: unknown): void;
}

/**
 * Reads by id, all that are asked for within one turn of the loop with one statement: when a gateway restarts, all its runners ask at once. Only where
 * requests may wait for one another's reads, which is inside a hub. Null for an id that is not there.
 */
export function readTogether<T>(
  ports: Pick<Ports, "soon">,
  read: (ids: string[]) => Promise<ReadonlyMap<string, T>>,
): (id: string) => Promise<T | null> {
  let asked = new Map<string, Asked<T>[]>();
  const readNow = async () => {
    const all = [...asked];
    asked = new Map();
    for (let done = 0; done < all.length; done += most) {
      const some = all.slice(done, done + most);
      try {
        const found = await read(some.map(([id]) => id));
        for (const [id, waiting] of some) for (const one of waiting) one.resolve(found.get(id) ?? null);
      } catch (error) {
        for (const [, waiting] of some) for (const one of waiting) one.reject(error);
      }
    }
  };
  return (id) =>
    new Promise((resolve, reject) => {
      if (asked.size === 0) ports.soon(() => void readNow());
      const waiting = asked.get(id);
      if (waiting === undefined) asked.set(id, [{ resolve, reject }]);
      else waiting.push({ resolve, reject });
    });
}
