// `ctx.kv`: what the function keeps under a key.

/** The store over what asks the runner: the function's own space, or one that it shares. */
export function kvOf(ask, shared) {
  const asking = (op, key, input, more) =>
    new Promise(ask(`ctx.kv.${op}`, { kv: { op, shared, ...more } }, key, input));
  const entry = (key) => asking("get", key);
  return {
    entry,
    get: async (key) => (await entry(key))?.value ?? null,
    set: (key, value, { ttl, ifVersion } = {}) => asking("set", key, value, { ttl, ifVersion }),
    delete: (key, { ifVersion } = {}) => asking("delete", key, null, { ifVersion }),
    list: ({ prefix = "", limit, cursor } = {}) =>
      asking("list", prefix, null, { limit, cursor: cursor ?? undefined }),
    ...(shared === undefined && { shared: (name) => kvOf(ask, String(name)) }),
  };
}
