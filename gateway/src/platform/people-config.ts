import type { OidcSettings } from "@pulse/schema/oidc-settings";
import type { GroupRole } from "@pulse/schema/roles";
import type { HttpConfig } from "../http/context.ts";

/** What the HTTP half is told of people: groups mean something only where a table says what. */
export function peopleConfig(given: {
  groupRoles: readonly GroupRole[];
  breachCheckUrl: string | null;
  oidc: OidcSettings | null;
}): Pick<HttpConfig, "groupRoles" | "breachCheckUrl" | "oidc"> {
  return {
    ...(given.groupRoles.length === 0 ? {} : { groupRoles: given.groupRoles }),
    ...(given.breachCheckUrl === null ? {} : { breachCheckUrl: given.breachCheckUrl }),
    ...(given.oidc === null ? {} : { oidc: given.oidc }),
  };
}
