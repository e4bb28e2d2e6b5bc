/** English texts of how programs stand to the gateway. */
export const upgradeEn = {
  upgradeCurrent: "as the gateway",
  upgradeBehind: "older",
  upgradeAhead: "newer",
  upgradeRebuilt: "the same version, built of other sources",
  upgradeUnknown: "never connected",
  upgradeByLine: "the line of pulse runner add, once more on its machine; no new token is needed",
  upgradeBySource:
    "it was not installed from the gateway: update it where it was installed from, and start it again",
  upgradeCli: "use the CLI of the gateway's version",
};
