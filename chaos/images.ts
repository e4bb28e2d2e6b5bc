import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Random } from "../sim/random.ts";
import { acksOf } from "./images/acks.ts";
import { checkGatewayImage } from "./images/check-gateway.ts";
import { recordGateway } from "./images/gateway-run.ts";
import { whyNotRecorded } from "./images/record.ts";
import { readTrace } from "./images/trace.ts";
import { tryImages } from "./images/try-images.ts";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "300" },
    executions: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
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

say(`${executions} executions are recorded${values.weak ? ", with synchronous=NORMAL" : ""}, seed ${seed}`);
const run = await recordGateway(executions, seed, values.weak);
try {
  const events = await readTrace(run.trace, run.dataDir);
  const acks = acksOf(events);
  const count = (kind: string) => events.filter((event) => event.kind === kind).length;
  say(
    `${events.length} events: ${count("write")} writes, ${count("sync")} syncs, ${count("rename")} renames; ${acks.length} acknowledgements`,
  );
  const tally = await tryImages(events, run.dataDir, {
    ...{ images, dice: new Random(seed, "images"), say },
    check: (folder, at) =>
      checkGatewayImage(
        folder,
        acks.filter((ack) => ack.at < at),
        run.rows,
      ),
  });
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
    const said = { seed, executions, weak: values.weak, acks: acks.length, ...counts, findings };
    writeFileSync(values.report, `${JSON.stringify(said, null, 2)}\n`);
  }
  process.exitCode = isSound ? 0 : 1;
} finally {
  await run.remove();
}
