import * as z from "zod";

const perMinute = z.coerce.number().int().min(0).max(100_000_000).optional();

/** Calls a minute in the environment; 0: no limit. */
export const limitFields = { PULSE_LIMIT_KEY: perMinute, PULSE_LIMIT_ADDRESS: perMinute };

/** Calls a minute of one credential, and of one address without a credential; 0: no limit, null: nobody said. */
export interface LimitSettings {
  perKey: number | null;
  perAddress: number | null;
}

/** What the environment says of limits. */
export function limitSettings(given: z.output<z.ZodObject<typeof limitFields>>): LimitSettings {
  return { perKey: given.PULSE_LIMIT_KEY ?? null, perAddress: given.PULSE_LIMIT_ADDRESS ?? null };
}
