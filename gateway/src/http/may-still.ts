import { ProblemError } from "@pulse/schema/problem";

/** Whether a credential is still good, for answers that go on for long: `recheck` looks at it again. */
export async function mayStill(recheck: () => Promise<unknown>): Promise<boolean> {
  try {
    await recheck();
    return true;
  } catch (error) {
    if (error instanceof ProblemError && [401, 403].includes(error.status)) return false;
    throw error;
  }
}
