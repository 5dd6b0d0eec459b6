import { firstLine } from './plugin-loader.ts';
import type { HealthCheck, PluginHealth } from './session-hooks.ts';

/** A plugin and its checks. */
export interface CheckedPlugin {
  readonly plugin: string;
  readonly checks: readonly HealthCheck[];
}

/** Runs the checks of a plugin for at most `limitMs`. Never rejects. */
export async function pluginHealth(
  { plugin, checks }: CheckedPlugin,
  limitMs: number,
): Promise<PluginHealth> {
  if (checks.length === 0) return { plugin, status: 'unchecked', elapsedMs: 0 };
  const startedMs = performance.now();
  const elapsed = () => Math.round(performance.now() - startedMs);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`it took longer than ${limitMs} ms`)), limitMs);
  try {
    const words = await Promise.all(checks.map((check) => within(check, limit.signal)));
    const detail = words.filter((word) => typeof word === 'string').join('; ');
    return { plugin, status: 'healthy', elapsedMs: elapsed(), ...(detail !== '' && { detail }) };
  } catch (error) {
    return { plugin, status: 'unhealthy', detail: firstLine(error), elapsedMs: elapsed() };
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

/** The check, or the end of its time. */
function within(check: HealthCheck, signal: AbortSignal): Promise<string | undefined | void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    Promise.resolve()
      .then(() => check(signal))
      .then(resolve, reject);
  });
}
