import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Random } from "../sim/random.ts";
import { acksOf } from "./images/acks.ts";
import { checkGatewayImage } from "./images/check-gateway.ts";
import { checkSpoolImage, SpoolPromises } from "./images/check-spool.ts";
import { recordGateway } from "./images/gateway-run.ts";
import { whyNotRecorded } from "./images/record.ts";
import { recordSpool } from "./images/spool-run.ts";
import { type DiskEvent, readTrace } from "./images/trace.ts";
import { tryImages } from "./images/try-images.ts";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "300" },
    executions: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    spool: { type: "boolean", default: false },
    weak: { type: "boolean", default: false },
    report: { type: "string" },
  },
});
const [images, executions, seed] = [Number(values.images), Number(values.executions), Number(values.seed)];
const say = (line: string) => process.stdout.write(`${line}\n`);
const missing = whyNotRecorded();
if (missing !== null) {
  process.stderr.write(`nothing can be recorded: ${missing}\n`);
  process.exit(2);
}

const what = values.spool ? "outcomes of a spool" : "executions of a gateway";
say(
  `${executions} ${what} are recorded${values.weak ? ", whose writes do not wait for the disk" : ""}, seed ${seed}`,
);
const gateway = values.spool ? null : await recordGateway(executions, seed, values.weak);
const run = gateway ?? (await recordSpool(executions, seed));
try {
  const recorded = await readTrace(run.trace, run.folder);
  const events = values.weak && values.spool ? recorded.map(unsynced) : recorded;
  const { promises, check } = promisesOf(events);
  const count = (kind: string) => events.filter((event) => event.kind === kind).length;
  say(
    `${events.length} events: ${count("write")} writes, ${count("sync")} syncs, ${count("rename")} renames; ${promises} promises`,
  );
  const dice = new Random(seed, "images");
  const tally = await tryImages(events, run.folder, { images, dice, say, check });
  const { findings, ...counts } = tally;
  for (const finding of findings) say(`  ${finding}`);
  say(
    Object.entries(counts)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
  );
  const isSound = counts.whole === counts.images;
  say(isSound ? "sound" : "NOT SOUND");
  if (values.report !== undefined) {
    const said = { seed, executions, spool: values.spool, weak: values.weak, promises, ...counts, findings };
    writeFileSync(values.report, `${JSON.stringify(said, null, 2)}\n`);
  }
  process.exitCode = isSound ? 0 : 1;
} finally {
  await run.remove();
}

function unsynced(event: DiskEvent): DiskEvent {
  return event.kind === "sync" ? { kind: "said", text: "" } : event;
}

/** How many things were promised in the recording, and what looks whether they are in an image of event `at`. */
function promisesOf(events: readonly DiskEvent[]) {
  if (gateway === null) {
    const promises = new SpoolPromises(events);
    const check = (folder: string, at: number) => checkSpoolImage(folder, promises.by(at));
    return { promises: promises.count, check };
  }
  const acks = acksOf(events);
  const check = (folder: string, at: number) =>
    checkGatewayImage(
      folder,
      acks.filter((ack) => ack.at < at),
      gateway.rows,
    );
  return { promises: acks.length, check };
}
