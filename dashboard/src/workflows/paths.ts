/** The address of a workflow's page. */
export function workflowPath(name: string, tab?: string): string {
  return `/workflows/${encodeURIComponent(name)}${tab === undefined ? "" : `?tab=${tab}`}`;
}

/** The address of the page of one question. */
export function promptPath(id: string): string {
  return `/prompts/${encodeURIComponent(id)}`;
}
