/** Whether a function may have a name. */
export type NameRule = (name: string) => boolean;

/** The contract's rule for names, with the schemas that come after a page. Where they do not come, the gateway alone says it. */
export async function loadNameRule(): Promise<NameRule> {
  try {
    const { nameField } = await import("@pulse/schema/wire/fields");
    return (name) => nameField.safeParse(name).success;
  } catch {
    return () => true;
  }
}
