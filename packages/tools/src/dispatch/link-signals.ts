/**
 * A signal that is aborted when `signal` is, or by way of `links`, and a way to take the link away.
 *
 * @param ended when it is aborted already, so is the link.
 * @param links where whoever cancels all at once finds it: a listener for each would take longer to come and go.
 */
export function linkSignals(
  signal: AbortSignal,
  ended: AbortSignal,
  links: Set<AbortController>,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const over = [signal, ended].find(({ aborted }) => aborted);
  if (over !== undefined) {
    controller.abort(over.reason);
    return { signal: controller.signal, release: () => undefined };
  }
  const onAbort = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  links.add(controller);
  return {
    signal: controller.signal,
    release: () => {
      links.delete(controller);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
