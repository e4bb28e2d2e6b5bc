import { placeOf, readImageName, wholeName } from "./image-name.ts";

/** Whether this runner may run a custom image of this name. */
export type ImagePolicy = (image: string) => boolean;

/** Custom images run in the profile of every container, so all are allowed unless the operator says otherwise. */
export const anyImage: ImagePolicy = () => true;

/**
 * Reads `PULSE_IMAGES`: patterns of image names, separated by commas, in which `*` stands for anything. A pattern without a tag is for every tag;
 * one without a registry is for Docker Hub, unless it begins with `*`. `none` allows nothing; an empty text everything.
 */
export function readImagePolicy(text: string): ImagePolicy {
  const patterns = text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
  if (patterns.length === 0) return anyImage;
  if (patterns.includes("none")) return () => false;
  const tests = patterns.map(patternOf);
  return (image) => {
    const name = readImageName(image);
    return tests.some((matches) => matches(placeOf(name)) || matches(wholeName(name)));
  };
}

function patternOf(pattern: string): (text: string) => boolean {
  const whole =
    pattern.startsWith("*") || /^[^/]*[.:*][^/]*\/|^localhost\//.test(pattern) ? pattern : onHub(pattern);
  const escaped = whole.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const expression = new RegExp(`^${escaped}$`);
  return (text) => expression.test(text);
}

function onHub(pattern: string): string {
  return pattern.includes("/") ? `docker.io/${pattern}` : `docker.io/library/${pattern}`;
}
