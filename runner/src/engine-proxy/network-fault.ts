import * as z from "zod";

/** The network of a project, as `project-networks.ts` makes it. */
const projectNetwork = z.strictObject({
  Name: z.string().regex(/^pulse-[a-z0-9]{1,12}-[0-9a-f]{12}$/),
  Driver: z.literal("bridge"),
  EnableIPv6: z.literal(false),
  CheckDuplicate: z.boolean().optional(),
  IPAM: z
    .strictObject({
      Driver: z.literal("default"),
      Config: z.array(z.strictObject({ Subnet: z.string().regex(/^[\d.]+\/\d+$/) })),
    })
    .optional(),
  Labels: z.object({ "pulse.runner": z.string().min(1) }).catchall(z.string()),
  Options: z.strictObject({
    "com.docker.network.bridge.name": z.string().regex(/^pl[a-z0-9-]{1,13}$/),
    "com.docker.network.bridge.enable_icc": z.literal("false"),
  }),
});

/** What is wrong with a network that a runner asks for; null: nothing. */
export function networkFault(body: unknown): string | null {
  const found = projectNetwork.safeParse(body);
  if (found.success) return null;
  const [first] = found.error.issues;
  return `no network of a runner looks like this: ${first?.path.join(".") ?? ""}: ${first?.message ?? ""}`;
}
