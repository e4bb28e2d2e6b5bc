import {
  monthlyQuotas,
  type PlanName,
  type QuotaName,
  type Quotas,
  quotaNames,
  standingPlans,
} from "@pulse/schema/wire/plans";

/** What a project used, each in the measure of its quota. */
export type Used = Record<QuotaName, number>;

/** What counts against quotas, as the rows have it. */
export interface Standing {
  month: Amounts;
  /** Executions that have not ended, those left out that were named. */
  live: number;
  functions: number;
  storageBytes: number;
}

/** What was used: whole numbers, as they are counted. */
export interface Amounts {
  executions: number;
  runMs: number;
  mbMs: number;
  bytesIn: number;
  bytesOut: number;
}

/** A quota, and how much of it is used. */
export interface QuotaState {
  quota: QuotaName;
  used: number;
  most: number;
}

/** At which parts of a quota something is said. */
export const noticePercents = [80, 100] as const;

/** The quotas of a plan; empty: none. */
export function quotasOf(plan: { plan: PlanName; quotas: Quotas | null } | null): Quotas {
  if (plan === null) return {};
  return plan.plan === "custom" ? (plan.quotas ?? {}) : standingPlans[plan.plan];
}

/** Every quota of the plan with what is used of it, in the order of the vocabulary. */
export function quotaStates(quotas: Quotas, used: Used): QuotaState[] {
  return quotaNames.flatMap((quota) => {
    const most = quotas[quota];
    return most === undefined ? [] : [{ quota, used: used[quota], most }];
  });
}

/** The first quota that one more call would exceed; a call counts as one execution, and uses of the others what only its end tells. */
export function exceededByCall(quotas: Quotas, used: Used): QuotaState | null {
  return exceeded(quotas, used, [
    "executions",
    "concurrentExecutions",
    "runSeconds",
    "gbSeconds",
    "bytesOut",
    "storageBytes",
  ]);
}

/** The first quota that a deploy would exceed. */
export function exceededByDeploy(quotas: Quotas, used: Used, isNew: boolean): QuotaState | null {
  return exceeded(quotas, used, isNew ? ["functions", "storageBytes"] : ["storageBytes"]);
}

function exceeded(quotas: Quotas, used: Used, names: readonly QuotaName[]): QuotaState | null {
  return quotaStates(quotas, used).find((one) => names.includes(one.quota) && one.used >= one.most) ?? null;
}

/** Whether a quota begins anew with the month. */
export function isMonthly(quota: QuotaName): boolean {
  return (monthlyQuotas as readonly QuotaName[]).includes(quota);
}

/** The parts of quotas that are used up. What runs at once comes and goes: of that nothing is said. */
export function reached(states: readonly QuotaState[]): (QuotaState & { percent: number })[] {
  return states
    .filter(({ quota, most }) => quota !== "concurrentExecutions" && most > 0)
    .flatMap((one) =>
      noticePercents
        .filter((percent) => one.used * 100 >= one.most * percent)
        .map((percent) => ({ ...one, percent })),
    );
}

/** What counts against each quota; `pending` are calls that are on their way to the disk. */
export function usedOf({ month, live, functions, storageBytes }: Standing, pending: number): Used {
  return {
    executions: month.executions + live + pending,
    runSeconds: month.runMs / 1000,
    gbSeconds: month.mbMs / 1_024_000,
    bytesOut: month.bytesOut,
    concurrentExecutions: live + pending,
    functions,
    storageBytes,
  };
}
