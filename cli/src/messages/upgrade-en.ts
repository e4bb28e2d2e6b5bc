/** English texts of how programs stand to the gateway. */
export const upgradeEn = {
  upgradeCurrent: "as the gateway",
  upgradeBehind: "older",
  upgradeAhead: "newer",
  upgradeRebuilt: "the same version, built of other sources",
  upgradeUnknown: "never connected",
  upgradeByLine:
    "pulse upgrade runners, or the line of pulse runner add once more on its machine; no new token is needed",
  upgradeBySource:
    "it was not installed from the gateway: update it where it was installed from, and start it again",
  upgradeCli: "use the CLI of the gateway's version",
  upgradeStand: "{state}, to {version}, wave {wave} of {waves}",
  upgradeNone: "no runners were upgraded from this gateway yet",
  upgradePlanned: "planned",
  upgradeRunning: "under way",
  upgradeSucceeded: "all upgraded",
  upgradeFailed: "failed, and no more waves begin",
  upgradeStopped: "stopped",
  upgradeWaiting: "its turn comes",
  upgradeUntold: "was not told",
  upgradeTold: "told: it drains and starts anew",
  upgradeUpgraded: "upgraded",
  upgradeRunnerFailed: "not upgraded",
  upgradeLeft: "left as it is",
};
