import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Node's own. Its module opens the real stderr when it is loaded, which makes that descriptor non-blocking for whoever shares it; so it is loaded only when prints are captured. */
export const inspect = (value, options) => require("node:util").inspect(value, options);
