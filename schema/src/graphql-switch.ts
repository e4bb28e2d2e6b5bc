import * as z from "zod";

/** Whether GraphQL is served, in the environment. */
export const graphqlFields = { PULSE_GRAPHQL: z.enum(["on", "off"]).default("off") };
