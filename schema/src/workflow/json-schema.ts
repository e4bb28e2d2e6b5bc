import * as z from "zod";
import { definitionField, stepField } from "./definition.ts";
import { inputField, retryField, targetsField, timespanField, triggerField } from "./fields.ts";
import { stepTypes } from "./step-kinds.ts";
import { requiredFields } from "./step-table.ts";

/** The format as JSON Schema (draft 2020-12), for editors: made of the same declarations that check a definition. */
export function workflowJsonSchema(): Record<string, unknown> {
  const names = z.registry<{ id: string }>();
  names.add(stepField, { id: "step" });
  names.add(timespanField, { id: "duration" });
  names.add(targetsField, { id: "targets" });
  names.add(retryField, { id: "retry" });
  names.add(inputField, { id: "input" });
  names.add(triggerField, { id: "trigger" });
  const made = z.toJSONSchema(definitionField, {
    target: "draft-2020-12",
    io: "input",
    metadata: names,
    override: ({ zodSchema, jsonSchema }) => {
      delete jsonSchema.id;
      if (zodSchema === stepField) jsonSchema.allOf = requirements();
    },
  });
  const { $schema, ...rest } = made;
  return { $schema, $id: "pulse-workflow.v1", title: "Pulse workflow", ...rest };
}

/** For each type, the fields it cannot do without. */
function requirements(): z.core.JSONSchema.JSONSchema[] {
  return stepTypes.flatMap((type) => {
    const choices = requiredFields[type]?.map((required) => ({ required: [...required] }));
    if (choices === undefined) return [];
    const [only] = choices;
    const wanted = choices.length === 1 && only !== undefined ? only : { anyOf: choices };
    return [ifOfType(type, wanted)];
  });
}

function ifOfType(type: string, wanted: z.core.JSONSchema.JSONSchema): z.core.JSONSchema.JSONSchema {
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema says so, and nothing awaits it.
  return { if: { properties: { type: { const: type } } }, then: wanted };
}
