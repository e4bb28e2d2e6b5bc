/**
 * How much one crash of a runner says about a job that ran there: alone it is the only suspect, in company one of several. The sum of two
 * crashes with one of them alone, or of three in company, is what ends a job.
 */
const weights = { alone: 2, company: 1 } as const;

/** From here on a job is given up as poison. */
export const poisonFrom = 3;

/** What speaks against a job after its runner's process ended while it ran, `alone` or in the company of other work. */
export function suspicionAfter(suspicion: number, where: keyof typeof weights): number {
  return suspicion + weights[where];
}

/** Whether a job is not to be given to another runner. */
export function isPoison(suspicion: number): boolean {
  return suspicion >= poisonFrom;
}
