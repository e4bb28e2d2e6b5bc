import { FileClient } from "../gateway/src/platform/node/file-client.ts";

/** What the database was asked: calls of the client, statements in them, and transactions that write. */
const asked = { calls: 0, statements: 0, commits: 0 };
const { execute, batch } = FileClient.prototype;

/** Whether a statement changes something, so that it is a commit of its own. */
const writes = (sql: string) => /^\s*(INSERT|UPDATE|DELETE|REPLACE)/i.test(sql);

FileClient.prototype.execute = function (statement, args) {
  asked.calls += 1;
  asked.statements += 1;
  if (writes(typeof statement === "string" ? statement : statement.sql)) asked.commits += 1;
  return execute.call(this, statement, args);
};
FileClient.prototype.batch = function (statements, mode) {
  asked.calls += 1;
  asked.statements += statements.length;
  if (mode === "write") asked.commits += 1;
  return batch.call(this, statements, mode);
};

// Asked by signal, so that no path of the gateway is different for it.
process.on("SIGUSR2", () => process.stdout.write(`asked ${JSON.stringify(asked)}\n`));

await import("../gateway/src/platform/node/main.ts");
