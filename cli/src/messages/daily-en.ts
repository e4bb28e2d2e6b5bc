/** English texts of `up`, `diff` and `open`. */
export const dailyEn = {
  dfSame: "nothing differs from {against}",
  dfNoText: "it differs, and is no text or too large to be shown",
  opNoBrowser: "no browser could be started here: open the address above",
  opNothing: "nothing here has the name or id {what}",
  upNotHere: "there is no gateway beside this command: it was installed by itself",
  upHint: "run it in a checkout of Pulse, or install a gateway: docs/install.md",
};
