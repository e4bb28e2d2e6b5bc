const signIn = "it is how one signs in, or a part of that: it sets cookies or proves who somebody is";
const notJson = "its answer is no JSON";
const ofJobs = "it is the protocol of runners and of the jobs they run";
const fromOutside = "others send it, in their own form";
const page = "it is a page for people, and its forms";
const monitors = "monitors ask it, without a credential";

/** Endpoints of the contract that are no fields, and why. `<file>.*` is every one of a file. */
export const leftOut: Readonly<Record<string, string>> = {
  "runnerProtocol.*": ofJobs,
  "runnerUpgrades.readUpgrade": ofJobs,
  "runnerUpgrades.reportUpgrade": ofJobs,
  "emit.emitFromJob": ofJobs,
  "kv.kvFromJob": ofJobs,
  "signIn.*": signIn,
  "device.*": signIn,
  "auth.setUp": signIn,
  "auth.makeSetUpUrl": signIn,
  "auth.openSession": signIn,
  "auth.closeSession": signIn,
  "people.changePassword": signIn,
  "people.offerSecondFactor": signIn,
  "people.confirmSecondFactor": signIn,
  "people.removeSecondFactor": signIn,
  "audit.exportAudit": notJson,
  "people.exportUser": notJson,
  "reports.getReport": notJson,
  "executions.getLogs": notJson,
  "executions.getResult": notJson,
  "observe.getMetrics": notJson,
  "events.followEvents": "it is a stream, and never ends",
  "mcp.mcp": "it is another way in, for agents",
  "deliveries.deliver": fromOutside,
  "sources.push": fromOutside,
  "billing.billingWebhook": fromOutside,
  "prompts.seePromptPage": page,
  "prompts.answerOnPage": page,
  "prompts.signInOnPage": page,
  "operations.health": monitors,
  "operations.livez": monitors,
  "operations.readyz": monitors,
};

/** Why an endpoint of the contract is no field; null: it is one. */
export function whyLeftOut(name: string): string | null {
  return leftOut[name] ?? leftOut[`${name.slice(0, name.indexOf("."))}.*`] ?? null;
}
