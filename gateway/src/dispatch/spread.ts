import type { WarmOrder, WarmOrders } from "@pulse/schema/wire/warm-order";
import type { WarmWant } from "../hub.ts";
import { fits, type Offering } from "./match.ts";

/** A runner that may keep versions warm. */
export interface Keeper extends Offering {
  /** It keeps at most so many sandboxes of one version: more could not run at once. */
  slots: number;
}

/**
 * Who keeps what warm. An image is fetched ahead by every runner that could be asked to run it, for a pull takes longer than a call waits. The sandboxes of a version are dealt to the runners that have what it requires, in an order that depends on nothing but
 * the function and the runners: when one comes or goes, the others keep what they can, and a new version goes where the old one is.
 */
export function spreadWarm(wants: readonly WarmWant[], keepers: readonly Keeper[]): Map<string, WarmOrder[]> {
  const orders = new Map<string, WarmOrder[]>(keepers.map(({ id }) => [id, []]));
  for (const { order, requires, count } of merged(wants)) {
    const able = keepers
      .filter((one) => fits(one, requires))
      .map((one) => ({ ...one, rank: textHash(`${order.spec.function.id}/${one.id}`) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1));
    const most = Math.min(
      count,
      able.reduce((sum, { slots }) => sum + slots, 0),
    );
    const shares = able.map(() => 0);
    for (let dealt = 0; dealt < most; ) {
      for (const [index, { slots }] of able.entries()) {
        const share = shares[index] ?? 0;
        if (dealt >= most || share >= slots) continue;
        shares[index] = share + 1;
        dealt += 1;
      }
    }
    for (const [index, { id }] of able.entries()) {
      const share = shares[index] ?? 0;
      // Sealed secrets come with the feature that has them, as with a job.
      if (share > 0) orders.get(id)?.push({ ...order, secrets: null, count: share });
      else if (order.spec.image !== undefined) orders.get(id)?.push(fetchOnly(order));
    }
  }
  return orders;
}

/** An order that nothing runs for: it names no secrets, so none are sealed to that runner, and their versions make no other order of it. */
function fetchOnly({ secretsTag: _, ...order }: WarmWant["order"]): WarmOrder {
  const { secrets: _names, ...settings } = order.spec.settings;
  return { ...order, spec: { ...order.spec, settings }, secrets: null, count: 0 };
}

/** Of several wants for one place of an alias of a function, the first one's version, and the highest count asked for that. */
function merged(wants: readonly WarmWant[]): WarmWant[] {
  const found = new Map<string, WarmWant>();
  for (const want of wants) {
    const { id, alias, version } = want.order.spec.function;
    const key = `${id}@${alias ?? version}${want.isCanary ? " canary" : ""}`;
    const first = found.get(key);
    if (first === undefined) found.set(key, want);
    else if (first.order.version === want.order.version) {
      found.set(key, { ...first, count: Math.max(first.count, want.count) });
    }
  }
  return [...found.values()];
}

/** Orders with their tag; that of none is the empty text. */
export function tagged(orders: WarmOrder[]): WarmOrders {
  return { tag: orders.length === 0 ? "" : textHash(JSON.stringify(orders)), orders };
}

/** A text of 14 hex digits that is another for nearly every other text. It protects nothing: it tells change from no change, and deals. */
function textHash(text: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  const number = 4294967296 * (2097151 & low) + (high >>> 0);
  return number.toString(16).padStart(14, "0");
}
