import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";
import { evil } from "./seeds.ts";

/** A workflow that says hello on the runner `local`, asks whether to ship, and says how many. */
export const greeterText = `description: Says hello and asks
inputs:
  who: { type: string, title: Who, required: true }
  zone: { type: choice, title: Zone, options: [eu, us], default: eu }
  count: { type: integer, title: How many, default: 2 }
steps:
  - id: hello
    name: Say hello
    type: execute
    targets: [local]
    env: { WHO: "\${{ inputs.who }}" }
    command: echo "hello $WHO"
  - id: ask
    name: Ask
    type: prompt
    message: "Ship to \${{ inputs.zone }}?"
    options: [Ship, Stay]
    form:
      note: { type: string, title: Note }
outputs:
  count: inputs.count
`;

/** Saves a workflow with two revisions, starts a run that waits for an answer, and returns the addresses of their pages. */
export async function makeWorkflows(world: World): Promise<string[]> {
  const { client, signal } = world;
  const params = { name: "release" };
  const headers = { "content-type": "application/yaml" };
  const save = (raw: string) => client.call(putWorkflow, { params, raw, headers, signal });
  await save(greeterText);
  await save(greeterText.replace("Says hello and asks", evil.html.replaceAll('"', "'")));
  const body = { inputs: { who: evil.html, zone: "us" } };
  const { id } = await client.call(runWorkflow, { params, body, signal });
  const asked = async () => (await world.execution(id)).run?.prompts[0] ?? null;
  const prompt = await until("the run asks", asked, undefined, 60_000);
  return [
    "/workflows",
    "/workflows/_new",
    "/workflows/release",
    "/workflows/release?tab=definition",
    "/workflows/release?tab=definition&view=graph",
    "/workflows/release?tab=definition&view=text",
    "/workflows/release?tab=revisions&from=1&to=2",
    `/executions/${id}`,
    `/executions/${id}?steps=graph`,
    `/prompts/${prompt.id}`,
    "/prompts/nobody",
    "/inbox",
    "/workflows/nobody",
  ];
}
