import { createHook } from "node:async_hooks";

/** What Node may do on other threads for a callback: scrypt, random bytes, files. */
const onThreads = /^(CIPHER|HKDF|PBKDF2|RANDOMBYTES|SCRYPT)REQUEST$|^FSREQCALLBACK$/;
const underWay = new Map<number, object>();
createHook({
  init: (id, type, _, resource) => void (onThreads.test(type) && underWay.set(id, resource)),
  after: (id) => void underWay.delete(id),
  destroy: (id) => void underWay.delete(id),
  trackPromises: false,
}).enable();

/** Calls of Web Crypto that have no answer yet. */
let asked = 0;
const methods = SubtleCrypto.prototype as unknown as Record<string, unknown>;
for (const name of Object.getOwnPropertyNames(methods)) {
  if (name === "constructor") continue;
  const own = methods[name];
  if (typeof own !== "function") continue;
  methods[name] = function counted(this: unknown, ...args: unknown[]) {
    const answer: unknown = own.apply(this, args);
    if (!(answer instanceof Promise)) return answer;
    asked += 1;
    const over = () => {
      asked -= 1;
    };
    answer.then(over, over);
    return answer;
  };
}

function isUnderWay(): boolean {
  // What nobody is to be told of was done where it was asked for.
  for (const [id, one] of underWay) if (!("ondone" in one || "oncomplete" in one)) underWay.delete(id);
  return asked > 0 || underWay.size > 0;
}

/** Resolves when everything that can run without time passing has run: turns of the loop, and what other threads calculate or read for it. */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 20; quiet = isUnderWay() ? 0 : quiet + 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
