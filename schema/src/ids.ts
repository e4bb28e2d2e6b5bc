/** The prefix of every kind of id; ids sort by time of creation. */
export const idPrefixes = {
  function: "fn",
  version: "ver",
  draft: "drf",
  execution: "exe",
  runner: "rnr",
  workflow: "wf",
  prompt: "prm",
  event: "evt",
  webhook: "hook",
  delivery: "dlv",
  channel: "chn",
  rule: "rul",
  message: "ntf",
  schedule: "sch",
  tick: "tck",
  source: "src",
  sync: "syn",
  key: "key",
  session: "ses",
  user: "usr",
  token: "tok",
  upgrade: "upg",
} as const;

export type IdKind = keyof typeof idPrefixes;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Makes an id: prefix, 48 bits of epoch milliseconds, 80 random bits (10 bytes), Crockford base32 in lower case. */
export function makeId(kind: IdKind, nowMs: number, random: Uint8Array): string {
  if (random.length < 10) throw new RangeError("makeId needs 10 random bytes");
  let time = "";
  for (let rest = nowMs, i = 0; i < 10; i++) {
    time = alphabet.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let tail = "";
  let bits = 0;
  let value = 0;
  for (let i = 0; i < 10; i++) {
    value = (value << 8) | (random[i] ?? 0);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      tail += alphabet.charAt((value >> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return `${idPrefixes[kind]}_${time}${tail}`;
}

/** A pattern that matches the ids of one kind, whole. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`);
}
