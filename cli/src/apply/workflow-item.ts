import { getWorkflow, putWorkflow } from "@pulse/schema/wire/workflows";
import { parseYaml } from "@pulse/schema/workflow/yaml";
import { type DefinitionFile, definitionHeaders, nameOf } from "../commands/workflow-files.ts";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { type Item, orNull } from "./item.ts";

/** A workflow of the folder, compared by its definition as it is written. */
export function workflowItem(session: Session, file: DefinitionFile): Item {
  const { client, messages, signal } = session;
  const name = nameOf(session, file);
  const save = async () => {
    const init = { params: { name }, raw: file.text, headers: definitionHeaders, signal };
    const { webhooks, goneWebhooks } = await client.call(putWorkflow, init);
    return [
      ...webhooks.map((one) => [one.name, one.url, one.secret ?? ""].join("  ").trim()),
      ...goneWebhooks.map((gone) => fill(messages.wfWebhookGone, { name: gone })),
    ];
  };
  return {
    ...{ kind: "workflow", name, wanted: { definition: parseYaml(file.text).value } },
    ...{ create: save, change: save },
    async look() {
      const there = await orNull(client.call(getWorkflow, { params: { name }, signal }));
      return there === null ? null : { definition: there.definition };
    },
  };
}
