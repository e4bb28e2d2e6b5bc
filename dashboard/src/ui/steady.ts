import { type Accessor, createMemo } from "solid-js";

/** JSON that stays the same object while it says the same, however often it is read again: fields that are made from it keep what is typed, and the focus. */
export function steady<T>(value: () => T): Accessor<T> {
  return createMemo(value, undefined, {
    equals: (one, other) => JSON.stringify(one) === JSON.stringify(other),
  });
}
