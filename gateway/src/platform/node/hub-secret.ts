import { facts } from "@pulse/schema/tables";
import { eq } from "drizzle-orm";
import type { Ports } from "../../ports.ts";

const fact = "hub secret";

/** What the gateways of one database show each other; the first of them makes it. */
export async function hubSecret({ database, random }: Pick<Ports, "database" | "random">): Promise<string> {
  const { orm } = database;
  const made = random(32).toBase64({ alphabet: "base64url", omitPadding: true });
  await orm.insert(facts).values({ name: fact, value: made }).onConflictDoNothing();
  const [row] = await orm.select().from(facts).where(eq(facts.name, fact));
  return row?.value ?? made;
}
