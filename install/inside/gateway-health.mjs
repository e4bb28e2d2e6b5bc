// The health check of the gateway's container: ends with 0 when the gateway in it answers /livez.
const port = process.env.PULSE_PORT || "8787";
const answer = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(4000) });
if (!answer.ok) throw new Error(`/livez answered ${answer.status}`);
