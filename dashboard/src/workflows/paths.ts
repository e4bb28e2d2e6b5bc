/** The address of a workflow's page. */
export function workflowPath(name: string, tab?: string): string {
  return `/workflows/${encodeURIComponent(name)}${tab === undefined ? "" : `?tab=${tab}`}`;
}
