/** English texts of reports, and of what is kept of people. */
export const complianceEn = {
  reportOneForm: "one of --csv, --html and --json",
  reportGap: "not complete: what was before {at} may have been removed by retention",
  erasePlan: "{name} becomes {pseudonym}; nothing was done yet: --yes does it",
  eraseDone: "{name} is erased: {pseudonym} stands where the name was",
};
