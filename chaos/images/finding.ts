/** What is wrong with an image, in words, by kind. */
export interface Finding {
  kind: "lost" | "changed" | "damaged" | "refused";
  what: string;
}

/** What was recorded, and how each image of it is checked. */
export interface Recorded {
  /** Whose files are laid out. */
  folder: string;
  trace: string;
  remove(): Promise<void>;
}
