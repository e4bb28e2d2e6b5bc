/** English texts of running again and comparing. */
export const rerunEn = {
  rerunStarted: "{of} runs again as {id}",
  diffBefore: "before",
  diffAfter: "after",
  diffDefinition: "Definition",
  diffInputs: "Inputs",
  diffSteps: "Steps",
  diffOutput: "Output",
  diffLogs: "Log",
  diffSame: "They are the same, times aside.",
  diffDiffer: "They differ.",
  diffReused: "taken over",
  diffNone: "not there",
  diffCut: "There is more: only a part is compared or shown.",
  diffSameSteps: "{count} the same",
};
