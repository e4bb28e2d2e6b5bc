import { getWorkflow, putWorkflow } from "../wire/workflows.ts";
import { type DefinitionFile, definitionHeaders } from "./definition-file.ts";
import { type Applying, type Item, orNull } from "./item.ts";
import { filled } from "./words.ts";

/** A workflow of the folder, compared by its definition as it is written. */
export function workflowItem(
  { client, words, signal }: Applying,
  name: string,
  { text, value }: DefinitionFile,
): Item {
  const save = async () => {
    const init = { params: { name }, raw: text, headers: definitionHeaders, signal };
    const { webhooks, goneWebhooks } = await client.call(putWorkflow, init);
    return [
      ...webhooks.map((one) => [one.name, one.url, one.secret ?? ""].join("  ").trim()),
      ...goneWebhooks.map((gone) => filled(words.wfWebhookGone, { name: gone })),
    ];
  };
  return {
    ...{ kind: "workflow", name, wanted: { definition: value } },
    ...{ create: save, change: save },
    async look() {
      const there = await orNull(client.call(getWorkflow, { params: { name }, signal }));
      return there === null ? null : { definition: there.definition };
    },
  };
}
