/** What a source may in its project, and so what whoever starts a sync has to have: schedules and webhooks start things. */
export const sourceScopes = ["read", "execute", "deploy"] as const;
