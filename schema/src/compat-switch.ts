import * as z from "zod";

/** Whether the endpoints of the system before Pulse are served, in the environment. */
export const compatFields = { PULSE_COMPAT: z.enum(["on", "off"]).default("off") };
