import { functionTemplates } from "./functions.ts";
import type { Template } from "./template.ts";
import { triggeredTemplates } from "./triggered.ts";
import { workflowTemplates } from "./workflows.ts";

/** What `pulse init` offers, by name. */
export const gallery: ReadonlyMap<string, Template> = new Map(
  Object.entries({ ...functionTemplates, ...triggeredTemplates, ...workflowTemplates }),
);
