/** English texts of splits and previews. */
export const splitEn = {
  split: "{name}: v{version} gets {weight} % of the calls of {alias}",
  notSplit: "{name}: {alias} stands at v{version} alone; there is no other version to share its calls with",
  promoted: "{name}: {alias} is now v{version} alone",
  splitEnded: "{name}: live is v{version} alone again",
  noSplit: "{alias} of {name} is not split: there is nothing to promote",
  badNumber: "{flag} takes a percent or a number above 0, got {given}",
  onlyWithCanary: "--max-error-rate, --min-calls and --window say when a split ends: they go with --canary",
  previewAlone: "--preview has an alias of its own: it goes with neither --alias, --canary nor --no-promote",
  canaryWaits:
    "--canary splits once the version is built: it goes with neither --no-wait, --no-promote nor --ttl",
  noBranch: "{dir} is in no checkout with a branch: say which, as in --preview fix-login",
};
