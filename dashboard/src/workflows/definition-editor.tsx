import { lazily } from "../ui/lazily.tsx";

/** A definition to be built: its views come when it is first shown. */
export const DefinitionEditor = lazily(
  async () => (await import("./builder/builder-view.tsx")).BuilderView,
  ["builder", "workflows"],
);
