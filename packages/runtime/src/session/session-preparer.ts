import type { Rnnoise } from '@antiphon/audio/rnnoise';
import { type AgentConfig, AntiphonError, providersOf, type SessionSettings } from '@antiphon/core';
import { wantsRnnoise } from '../audio/conditioning.ts';
import { callsOf } from '../sideband/calls-of.ts';
import { checkedCallId } from '../sideband/checked-values.ts';
import { RemoteCall } from '../sideband/remote-call.ts';
import { beforeConversation, type FoundFacts, phasesOf } from './call-phases.ts';
import { connectEarly, type EarlyConnection } from './early-connection.ts';
import type { JoinedCall } from './session.ts';
import type { ResumeSessionOptions, StartSessionOptions } from './session-options.ts';
import {
  agentNamed,
  assembleSession,
  type FormerProcess,
  type PreparedSession,
  type SessionParts,
} from './session-parts.ts';
import type { SessionPlanner } from './session-planner.ts';
import { agentsOf } from './session-tools.ts';

/** A session that can begin. */
export interface ReadySession<Ends extends ResumeSessionOptions> {
  readonly prepared: PreparedSession;
  /** What it was asked for with, and what was found of the caller. */
  readonly ends: Ends;
  /** The first connection, when it is being made already. */
  readonly early?: EarlyConnection | undefined;
}

/** Finds and makes everything that may fail before there is a session. */
export class SessionPreparer {
  readonly #parts: SessionParts;
  readonly #planner: SessionPlanner;
  readonly #assertOpen: () => void;

  /** `assertOpen` throws once no session is to be started any more. */
  constructor(parts: SessionParts, planner: SessionPlanner, assertOpen: () => void) {
    this.#parts = parts;
    this.#planner = planner;
    this.#assertOpen = assertOpen;
  }

  /** A new session; the log that it was given is closed when it cannot begin. */
  async fresh(options: StartSessionOptions): Promise<ReadySession<StartSessionOptions>> {
    let early: EarlyConnection | undefined;
    try {
      const { name: agentName, agent } = agentNamed(this.#parts, options.agent);
      const providerNames = options.provider === undefined ? providersOf(agent) : [options.provider];
      this.#assertWanted(options);
      const { providers } = this.#parts;
      const [first = ''] = providerNames;
      const provider = providers.made(first) ?? (await providers.get(first));
      if (provider.warmUp !== undefined)
        await provider.warmUp(options.source === undefined ? 'types' : 'speaks');
      this.#assertWanted(options);
      const { variables = {}, history = [], toolHost } = options;
      const callId = options.callId ?? providers.callIdOf(first);
      const choice = { agentName, providerNames, variables, history, toolHost, callId };
      const planned = this.#planner.plan(choice);
      const hasPrelude = this.#hasPrelude(agent);
      if (!hasPrelude && providers.isHosted(first)) early = connectEarly(provider, planned);
      // The rest is done while the server thinks.
      await early?.asked();
      const joined = callId === undefined ? undefined : await this.#joinedCall(planned, options);
      const found = hasPrelude ? await this.#before(planned, options, { resumed: false }) : nothing;
      const settings = { ...planned, variables: { ...planned.variables, ...found.variables, ...variables } };
      const rnnoise = options.source === undefined ? undefined : await this.#rnnoiseFor(settings, options);
      this.#assertWanted(options);
      const ends = withCaller(options, found);
      const prepared = assembleSession(this.#parts, settings, ends, { joined, rnnoise, early });
      return { prepared, ends, early };
    } catch (error) {
      early?.giveUp();
      await options.log?.close();
      throw error;
    }
  }

  /** A session that goes on where its process ended. */
  async goingOn(
    former: FormerProcess,
    options: ResumeSessionOptions,
  ): Promise<ReadySession<ResumeSessionOptions>> {
    const { settings } = former.state;
    const joined = await this.#joinedCall(settings, options);
    const found = await this.#before(settings, options, { resumed: true });
    const rnnoise = await this.#rnnoiseFor(settings, options);
    this.#assertWanted(options);
    const ends = withCaller(options, found);
    const prepared = assembleSession(this.#parts, settings, ends, { former, joined, rnnoise });
    return { prepared, ends };
  }

  /** @throws AntiphonError `call.sound_elsewhere`, `call.unsupported` */
  async #joinedCall(settings: SessionSettings, ends: ResumeSessionOptions): Promise<JoinedCall | undefined> {
    const { callId, providers } = settings;
    if (callId === undefined) return undefined;
    for (const end of ['source', 'sink'] as const) {
      if (ends[end] !== undefined) throw new AntiphonError('call.sound_elsewhere', { end });
    }
    const calls = await callsOf(this.#parts.providers, providers[0]?.name ?? '');
    const { logger } = this.#parts;
    return {
      call: new RemoteCall(checkedCallId(callId), calls, logger),
      atEnd: ends.atEnd ?? 'hang_up',
    };
  }

  /** @throws AntiphonError `audio.suppression_unavailable` */
  async #rnnoiseFor(
    settings: SessionSettings,
    { source }: ResumeSessionOptions,
  ): Promise<Rnnoise | undefined> {
    if (source === undefined || !wantsRnnoise(Object.values(agentsOf(this.#parts.program, settings))))
      return undefined;
    const { loadRnnoise } = await import('@antiphon/audio/rnnoise');
    return loadRnnoise();
  }

  #assertWanted({ signal }: ResumeSessionOptions): void {
    this.#assertOpen();
    if (signal?.aborted) throw new AntiphonError('session.closed', { action: 'startSession' });
  }

  /** Whether there is anything to find before a conversation with an agent: a caller waits for no more than that. */
  #hasPrelude({ before_call: calls }: AgentConfig): boolean {
    return calls.length > 0 || this.#parts.program.tools.hooks.some(({ starts }) => starts.length > 0);
  }

  /** What is found before the conversation; one that is taken up keeps the variables of its log. */
  #before(
    { sessionId: id, agentName, variables }: SessionSettings,
    { caller = {}, signal }: ResumeSessionOptions,
    { resumed }: { readonly resumed: boolean },
  ): Promise<FoundFacts> {
    const calls = resumed ? [] : (this.#parts.program.agents.agents[agentName]?.before_call ?? []);
    return beforeConversation(
      phasesOf(this.#parts),
      { id, agent: agentName, caller },
      { calls, variables, resumed, signal },
    );
  }
}

const nothing: FoundFacts = { variables: {}, caller: {} };

/** What the application gave of the caller comes before what was found. */
function withCaller<Ends extends ResumeSessionOptions>(ends: Ends, { caller }: FoundFacts): Ends {
  return Object.keys(caller).length === 0 ? ends : { ...ends, caller: { ...caller, ...ends.caller } };
}
