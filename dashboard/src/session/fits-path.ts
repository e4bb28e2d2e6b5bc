/** Whether an address is of a route: `:name` stands for any part, `:name?` also for none. */
export function fitsPath(route: string, pathname: string): boolean {
  const [wanted, given] = [partsOf(route), partsOf(pathname)];
  const most = Math.max(wanted.length, given.length);
  return Array.from({ length: most }, (_, at) => fitsPart(wanted[at], given[at])).every(Boolean);
}

function fitsPart(wanted: string | undefined, given: string | undefined): boolean {
  if (wanted === undefined) return false;
  if (given === undefined) return wanted.startsWith(":") && wanted.endsWith("?");
  return wanted.startsWith(":") || wanted === given;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}
