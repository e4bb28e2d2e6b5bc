/** One value with its labels; `part` is what a histogram's name ends in. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
  part?: "_bucket" | "_sum" | "_count";
}

/** Everything of one name. */
export interface Family {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  samples: readonly Sample[];
}

/** The content type of the text format of Prometheus. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** The families in the text format of Prometheus, 0.0.4; a family without samples is told of by its name, help and type. Empty labels are left out. */
export function exposition(families: readonly Family[]): string {
  return families
    .map(({ name, help, type, samples }) => {
      const head = `# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}\n# TYPE ${name} ${type}\n`;
      return head + samples.map((one) => `${name}${one.part ?? ""}${labelsOf(one)} ${one.value}\n`).join("");
    })
    .join("");
}

/** The samples of a histogram from how many fell into each class; the counts have one class more than there are bounds. */
export function histogramOf(
  labels: Sample["labels"],
  boundsSeconds: readonly number[],
  { counts, sum }: { counts: readonly number[]; sum: number },
): Sample[] {
  let below = 0;
  const buckets = boundsSeconds.map((bound, at): Sample => {
    below += counts[at] ?? 0;
    return { part: "_bucket", labels: { ...labels, le: String(bound) }, value: below };
  });
  const all = below + (counts[boundsSeconds.length] ?? 0);
  return [
    ...buckets,
    { part: "_bucket", labels: { ...labels, le: "+Inf" }, value: all },
    { part: "_sum", labels, value: sum },
    { part: "_count", labels, value: all },
  ];
}

function labelsOf({ labels }: Sample): string {
  const texts = Object.entries(labels)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}="${escaped(value)}"`);
  return texts.length === 0 ? "" : `{${texts.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
