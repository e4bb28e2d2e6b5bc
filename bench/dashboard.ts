import { buildDashboard, startChromium } from "../e2e/browser/chromium.ts";
import { startWorld, type World } from "../e2e/world.ts";
import { lookAtFleet } from "./dashboard-fleet.ts";
import { compareLogs, followLog } from "./dashboard-logs.ts";
import { changeRoutes } from "./dashboard-routes.ts";
import { answerOnTelephone } from "./dashboard-telephone.ts";

/**
 * What the dashboard takes in Debian's Chromium before a real gateway; names of rows after the command choose some of them. Each row tells its goal,
 * from the project's list of what makes a dashboard good; none fails the run, for a busy machine slows all of them.
 */
const rows = {
  routes: changeRoutes,
  fleet: lookAtFleet,
  compare: compareLogs,
  follow: followLog,
  telephone: answerOnTelephone,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in rows));
if (unknown.length > 0) throw new RangeError(`no row ${unknown}; there are ${Object.keys(rows)}`);

await buildDashboard();
const browser = await startChromium();
const world: World = await startWorld();
try {
  for (const [name, measure] of Object.entries(rows)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const line of await measure(browser, world)) process.stdout.write(`${name.padEnd(10)} ${line}\n`);
  }
} finally {
  await browser.close();
  await world.stop();
}
