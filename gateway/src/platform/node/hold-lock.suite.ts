import Engine from "libsql";

/** A process of its own that holds the write lock of a database file: `hold-lock.suite.ts FILE MS`. Says `held`, then `free`. */
const [file = "", ms = "0"] = process.argv.slice(2);
const connection = new Engine(file);
connection.exec("BEGIN IMMEDIATE");
process.stdout.write("held\n");
setTimeout(() => {
  connection.exec("ROLLBACK");
  process.stdout.write("free\n");
}, Number(ms));
