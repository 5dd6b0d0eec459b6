import { AntiphonError, type Guard, type GuardCheck, type Logger, thrownText } from '@antiphon/core';
import type { Plugin, PluginContext } from '../define-plugin.ts';
import { isTool, type Tool } from '../define-tool.ts';
import { type CodeOwner, owned, ownedWithSignal, ownSignal } from '../stray-errors.ts';
import type { CheckedPlugin } from './plugin-health.ts';
import type { HealthCheck, SessionHooks } from './session-hooks.ts';
import { withinLimit } from './within-limit.ts';

/** An observer that a plugin added. */
export interface PluginObserver {
  readonly plugin: string;
  readonly type: string;
  readonly observer: (event: unknown) => void;
}

/** How long one closer may take, in milliseconds. */
const closerLimitMs = 5_000;

/** Everything that one plugin added in its setup, and the way to take it away. */
export class PluginScope {
  readonly plugin: string;
  readonly tools: Tool[] = [];
  readonly guards: Guard[] = [];
  readonly observers: PluginObserver[] = [];
  readonly #starts: SessionHooks['starts'][number][] = [];
  readonly #ends: SessionHooks['ends'][number][] = [];
  readonly #checks: HealthCheck[] = [];
  readonly #closers: (() => void | Promise<void>)[] = [];
  readonly #log: Logger;
  readonly #owner: CodeOwner;
  #phase: 'setup' | 'ready' | 'closed' = 'setup';
  /** The programs that have it: one that is loaded anew keeps what has not changed. */
  #holders = 1;

  constructor(plugin: string, log: Logger) {
    this.plugin = plugin;
    this.#log = log;
    this.#owner = { log, names: { plugin } };
  }

  /** Runs the setup of `plugin` in a scope of its own. When it throws or takes too long, the scope is closed again. */
  static async open(
    plugin: Plugin,
    config: unknown,
    options: { log: Logger; limitMs: number },
  ): Promise<PluginScope> {
    const scope = new PluginScope(plugin.name, options.log);
    try {
      if (typeof plugin.setup !== 'function')
        throw new TypeError('it has no setup(ctx, config), where tools are added with ctx.tool()');
      const setUp = owned(scope.#owner, async () => plugin.setup(scope.#context(), config));
      await withinLimit(setUp, options.limitMs);
      scope.#phase = 'ready';
      return scope;
    } catch (error) {
      await scope.close();
      throw error;
    }
  }

  /** What it does for each session. */
  get hooks(): SessionHooks {
    return { plugin: this.plugin, starts: this.#starts, ends: this.#ends };
  }

  get health(): CheckedPlugin {
    return { plugin: this.plugin, checks: this.#checks };
  }

  /** Keeps it open for one more program, which closes it too. */
  hold(): void {
    this.#holders += 1;
  }

  /** Closes it for one program, and with the last one altogether. */
  async release(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders === 0) await this.close();
  }

  /** Runs the closers in reverse order, each one even when another throws. Never rejects; later calls do nothing. */
  async close(): Promise<void> {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    for (const closer of this.#closers.reverse()) {
      try {
        await withinLimit(async () => closer(), closerLimitMs);
      } catch (error) {
        this.#log.error('a closer of a plugin failed', { plugin: this.plugin, error: thrownText(error) });
      }
    }
  }

  #context(): PluginContext {
    return Object.freeze<PluginContext>({
      log: this.#log,
      tool: (tool) => {
        this.#mustBeInSetup('tool');
        if (!isTool(tool)) throw new TypeError('ctx.tool() takes the result of defineTool()');
        this.tools.push(tool);
      },
      guard: (guard) => {
        this.#mustBeInSetup('guard');
        const { name, on } = guard;
        const judge = (text: string, told: GuardCheck) =>
          ownedWithSignal(this.#owner, (check: GuardCheck) => guard.check(text, check))(told);
        this.guards.push({ name, on, check: judge });
      },
      observe: (type, observer) => {
        this.#mustBeInSetup('observe');
        this.observers.push({
          plugin: this.plugin,
          type,
          observer: owned(this.#owner, observer as PluginObserver['observer']),
        });
      },
      onSessionStart: (start) => {
        this.#mustBeInSetup('onSessionStart');
        this.#starts.push(ownedWithSignal(this.#owner, start));
      },
      onSessionEnd: (end) => {
        this.#mustBeInSetup('onSessionEnd');
        this.#ends.push(ownedWithSignal(this.#owner, end));
      },
      health: (check) => {
        this.#mustBeInSetup('health');
        this.#checks.push(owned(this.#owner, (signal) => check(ownSignal(this.#owner, signal))));
      },
      onClose: (close) => {
        this.#mustBeInSetup('onClose');
        this.#closers.push(owned(this.#owner, close));
      },
    });
  }

  #mustBeInSetup(method: string): void {
    if (this.#phase !== 'setup') {
      throw new AntiphonError('tool.plugin_scope_closed', { plugin: this.plugin, method });
    }
  }
}
