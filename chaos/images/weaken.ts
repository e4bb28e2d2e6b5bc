import Engine from "libsql";

/**
 * Loaded before a gateway: its database commits without waiting for the disk (`synchronous=NORMAL`), though it still says FULL as it starts. What
 * looks for losses has to find some then.
 */
const engine = Engine.prototype as unknown as {
  prepare(this: object, sql: string): unknown;
  exec(this: object, sql: string): unknown;
};
const { prepare } = engine;
const weak = new WeakSet<object>();

engine.prepare = function prepareWeakly(sql) {
  if (/^BEGIN IMMEDIATE/.test(sql) && !weak.has(this)) {
    weak.add(this);
    engine.exec.call(this, "PRAGMA synchronous = NORMAL");
  }
  return prepare.call(this, sql);
};
