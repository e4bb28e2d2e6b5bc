/** Whether a call goes to the second version of a split that gets `weight` percent: `random` is 32 even bits. */
export function isDrawn(weight: number, random: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = random;
  const share = (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32;
  return share * 100 < weight;
}

/** How many bytes `isDrawn` is given. */
export const drawBytes = 4;
