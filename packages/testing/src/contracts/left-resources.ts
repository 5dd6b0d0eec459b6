/** What a process may leave open, by the names of Node: sockets, files and threads. Timers are many test runners' own. */
const counted = /TCPSocketWrap|TLSWrap|PipeWrap|MessagePort|FSReqCallback|Worker/;

/** What is open now; `settled` waits until no more than that is, and rejects when more stays. */
export function leftResources(): { settled(): Promise<void> } {
  const before = openNow();
  return {
    async settled() {
      const limit = Date.now() + 5_000;
      for (;;) {
        const now = openNow();
        const more = [...now].filter(([name, count]) => count > (before.get(name) ?? 0));
        if (more.length === 0) return;
        if (Date.now() > limit) {
          const left = more.map(([name, count]) => `${count - (before.get(name) ?? 0)} ${name}`);
          throw new Error(`left open after the close: ${left.join(', ')}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

function openNow(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (counted.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
