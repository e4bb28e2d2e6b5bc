import { applyWords } from "@pulse/schema/apply/words";

/** English texts of `pulse apply`. */
export const applyEn = {
  ...applyWords,
  apNoFile: "there is no pulse.yaml in {dir}",
  apReally: "Do this? [y/N] ",
  apCreated: "{kind} {name} created",
  apChanged: "{kind} {name} changed",
  apRemoved: "{kind} {name} removed",
  apNothing: "everything is as the folder says",
  apNeedsPrune: "(with --prune)",
  apSame: "{count} as they should be",
  apKind_channel: "channel",
  apKind_function: "function",
  apKind_workflow: "workflow",
  apKind_schedule: "schedule",
  apKind_webhook: "webhook",
};
