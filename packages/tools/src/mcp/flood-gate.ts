/** Messages that a server may send at once, and how many more each second. */
const burst = 2_000;
const perSecond = 400;

/** Counts the messages of a server: false once there are more than anybody can want. */
export function floodGate(nowMs: () => number = () => performance.now()): () => boolean {
  let tokens = burst;
  let lastMs = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - lastMs) / 1_000) * perSecond) - 1;
    lastMs = now;
    return tokens >= 0;
  };
}
