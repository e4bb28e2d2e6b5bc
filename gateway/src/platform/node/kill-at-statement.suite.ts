import { openDatabase } from "./database.ts";
import { KeptStatements } from "./kept-statements.ts";

/**
 * A process that opens a data folder and dies at its nth statement, as by `kill -9`: `kill-at-statement.suite.ts FOLDER N`. Says `whole` when it got to the
 * end before.
 */
const [folder = "", n = "0"] = process.argv.slice(2);
const run = KeptStatements.prototype.run;
let statements = 0;
KeptStatements.prototype.run = function counted(sql, args) {
  statements += 1;
  const dies = statements === Number(n);
  // Every other one dies after its statement, the others before it.
  if (dies && statements % 2 === 0) process.kill(process.pid, "SIGKILL");
  const result = run.call(this, sql, args);
  if (dies) process.kill(process.pid, "SIGKILL");
  return result;
};
(await openDatabase(folder)).close();
process.stdout.write("whole\n");
