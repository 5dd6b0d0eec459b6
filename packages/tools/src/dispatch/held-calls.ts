const held = new WeakSet<AbortSignal>();

/** Waits for what a call cannot begin without; one whose time is over meanwhile is told as not run. */
export async function beforeCall<Value>(
  signal: AbortSignal | undefined,
  ready: Promise<Value>,
): Promise<Value> {
  if (signal === undefined) return ready;
  held.add(signal);
  try {
    return await ready;
  } finally {
    held.delete(signal);
  }
}

/** Whether the call that a signal belongs to still waits to begin. */
export function isHeld(signal: AbortSignal): boolean {
  return held.has(signal);
}
