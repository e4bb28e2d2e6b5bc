import { randomFillSync } from "node:crypto";

const bytes = 8;
const pool = Buffer.alloc(512 * bytes);
let at = pool.length;

/** 16 random hex digits. They are drawn 512 at a time: the kernel costs more than the digits. */
export function newNonce(): string {
  if (at >= pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  const text = pool.toString("hex", at, at + bytes);
  at += bytes;
  return text;
}
