import { expect } from 'vitest';

/** What a process holds, by kind. */
type Holdings = ReadonlyMap<string, number>;

const patienceMs = 5_000;

/**
 * Notes what this process holds: timers, sockets, children and listeners of the process. The function that is returned
 * waits until it holds no more than that, and fails when it never does.
 */
export async function watchHoldings(): Promise<() => Promise<void>> {
  const before = await lowestHoldings();
  return async () => {
    const endMs = performance.now() + patienceMs;
    while (performance.now() < endMs && surplus(before).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(surplus(before), 'left behind').toEqual([]);
  };
}

/** What is held all the time: the runner of tests has timers that come and go. */
async function lowestHoldings(): Promise<Holdings> {
  let lowest: Holdings = holdings();
  for (let sample = 0; sample < 5; sample += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = holdings();
    lowest = new Map([...lowest].map(([kind, count]) => [kind, Math.min(count, now.get(kind) ?? 0)]));
  }
  return lowest;
}

function surplus(before: Holdings): readonly string[] {
  return [...holdings()].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
}

function holdings(): Holdings {
  const found = new Map<string, number>();
  const add = (kind: string, count = 1): void => void found.set(kind, (found.get(kind) ?? 0) + count);
  for (const resource of process.getActiveResourcesInfo()) {
    // Immediates are what the runner of tests is about to do.
    if (resource !== 'Immediate') add(resource);
  }
  for (const event of process.eventNames()) add(`listener of ${String(event)}`, process.listenerCount(event));
  return found;
}
