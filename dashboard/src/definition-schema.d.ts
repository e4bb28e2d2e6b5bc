declare module "virtual:definition-schema" {
  /** The JSON Schema (draft 2020-12) of workflow definitions. */
  const schema: Record<string, unknown>;
  export default schema;
}
