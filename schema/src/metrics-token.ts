import * as z from "zod";

/** The token that opens what monitors read, in the environment. */
export const metricsFields = {
  PULSE_METRICS_TOKEN: z
    .string()
    .regex(/^[!-+--~]{16,200}$/, "must be 16 to 200 visible characters without spaces or commas")
    .optional(),
};
