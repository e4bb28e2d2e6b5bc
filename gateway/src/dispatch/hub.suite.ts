import type { Hub } from "../hub.ts";
import { hubCallsSuite } from "./hub-calls.suite.ts";
import { hubCommandsSuite } from "./hub-commands.suite.ts";
import { hubFatesSuite } from "./hub-fates.suite.ts";
import { hubLeasesSuite } from "./hub-leases.suite.ts";
import { hubRestSuite } from "./hub-rest.suite.ts";
import { hubWarmSuite } from "./hub-warm.suite.ts";

/** What every hub keeps, wherever it runs; `wrap` puts it behind another implementation of the interface. */
export function hubSuite(name: string, wrap: (hub: Hub) => Hub): void {
  hubCallsSuite(name, wrap);
  hubCommandsSuite(name, wrap);
  hubFatesSuite(name, wrap);
  hubLeasesSuite(name, wrap);
  hubRestSuite(name, wrap);
  hubWarmSuite(name, wrap);
}
