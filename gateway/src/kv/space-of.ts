/** A space as it is stored: the own one of a function by its id, so that a new function of the same name begins with nothing. */
export function ownSpace(functionId: string): string {
  return `function ${functionId}`;
}

/** A space that functions of a project share, by its name. */
export function sharedSpace(name: string): string {
  return `shared ${name}`;
}
