import type { Rnnoise } from '@antiphon/audio/rnnoise';
import {
  type AgentConfig,
  type Announcer,
  AntiphonError,
  type AudioSink,
  type AudioSource,
  type CallControl,
  type Clock,
  type Guard,
  type IdSource,
  type LocalTurns,
  type Logger,
  type PriorItem,
  type ProviderChoice,
  providersOf,
  type SessionEvent,
  SessionRunner,
  type SessionSettings,
  type SessionState,
  type ToolHost,
  toolNamesOf,
} from '@antiphon/core';
import type {
  AgentQuestion,
  ApproveCall,
  AskAgent,
  AskClient,
  ProcessCalls,
  RememberedCall,
} from '@antiphon/tools';
import { comfortableSink } from '../audio/comfort-noise-sink.ts';
import { conditionerOf } from '../audio/conditioning.ts';
import { resampledAnnouncer, resampledSink, resampledSource } from '../audio/resampled.ts';
import { createSessionCodec } from '../audio/session-codec.ts';
import type { Program } from '../program/load-program.ts';
import type { ProviderPool } from '../providers/provider-pool.ts';
import { agentOnCall, settingsOnCall } from '../sideband/call-settings.ts';
import { controlOf } from '../sideband/remote-call.ts';
import { ApprovalDesk } from './approval-desk.ts';
import { type Asker, askAgents, failed, inWriting } from './ask-agent.ts';
import { ClientDesk } from './client-desk.ts';
import type { EarlyConnection } from './early-connection.ts';
import { handoffSpecs, reachableAgents } from './handoff-tools.ts';
import { type JoinedCall, Session } from './session.ts';
import { withPrices } from './session-prices.ts';
import { type PlannedAgent, sessionSettings } from './session-settings.ts';
import { agentOf, agentsOf, sessionTools } from './session-tools.ts';
import { providerPlaces } from './setting-places.ts';
import { silentSink } from './silent-sink.ts';
import { consentObstacle, spokenCalls, waitingForConsent, wordsOf } from './spoken-consent.ts';
import { formatsOf } from './wire-session.ts';

/** The providers as sessions know them. */
export type Providers = Omit<ProviderPool, 'close' | 'takeOver'>;

/** What all sessions of a runtime are made from. */
export interface SessionParts {
  readonly program: Program;
  readonly providers: Providers;
  /** The process's own voice, for when the model has none. */
  readonly announcer: Announcer | undefined;
  /** How turns are found on this side, in audio of a rate, for agents that want that; undefined for the others. */
  readonly localTurns: (agent: AgentConfig, sampleRateHz: number) => LocalTurns | undefined;
  /** The limits that the calls of all sessions share. */
  readonly toolCalls: ProcessCalls;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

/** What the application brings for one session. */
export interface SessionEnds {
  readonly source?: AudioSource;
  readonly sink?: AudioSink;
  readonly toolHost?: ToolHost;
  readonly caller?: Readonly<Record<string, string>>;
  readonly approve?: ApproveCall | 'events';
  readonly clientTools?: AskClient | 'events';
  readonly callControl?: CallControl;
}

/** Who asks agents without a session, and what their tools are given. */
export interface AgentAskerOptions {
  /** A provider of the agent file, in place of those of the agents. */
  readonly provider?: string;
  /** Values for the slots of instructions. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly caller?: Readonly<Record<string, string>>;
  readonly approve?: ApproveCall;
  readonly clientTools?: AskClient;
}

/** What is left of the process that held a session before. */
export interface FormerProcess {
  readonly state: SessionState;
  /** The calls of tools that it made. */
  readonly calls: readonly RememberedCall[];
}

/** A session that has not been started. */
export interface PreparedSession {
  readonly session: Session;
  readonly runner: SessionRunner;
}

/** The settings of a new session. @throws AntiphonError `session.unknown_agent` */
export function planSession(
  { program, providers, ids }: SessionParts,
  choice: {
    readonly agentName: string;
    readonly providerNames: readonly string[];
    readonly variables: Readonly<Record<string, string>>;
    readonly history: readonly PriorItem[];
    readonly toolHost: ToolHost | undefined;
    /** The call to join. */
    readonly callId?: string | undefined;
  },
): SessionSettings {
  const { agentName, providerNames, variables, history, toolHost, callId } = choice;
  const all = program.agents.agents;
  const choices = providerNames.map((name) => choiceOf(providers, program, name));
  const leavesOut = choices.flatMap((choice) => choice.leavesOut ?? []);
  const { languages } = program.agents;
  const agents = Object.entries(reachableAgents(agentName, all)).map(([name, agent]) => {
    const own =
      toolHost?.specsOf?.(name) ?? toolHost?.specs ?? program.tools.registry.select(toolNamesOf(agent));
    const placed = callId === undefined ? agent : agentOnCall(agent);
    const asks =
      spokenCalls(agent, own).length > 0 && consentObstacle(placed, languages, leavesOut) === undefined;
    const planned: PlannedAgent = {
      agent: asks ? waitingForConsent(placed) : placed,
      tools: [...own, ...handoffSpecs(agent, all)],
      guards: guardsOf(program, agent),
      ...(asks && { consentWords: wordsOf(placed, languages) }),
    };
    return [name, planned] as const;
  });
  const sessionId = ids.nextId('sess');
  const settings = sessionSettings({
    sessionId,
    agentName,
    agents: Object.fromEntries(agents),
    providers: choices,
    variables,
    history,
    seed: seedOf(sessionId),
    file: { tools: program.agents.tools, locate: program.locate },
  });
  const priced = withPrices(settings, program.agents);
  return callId === undefined ? priced : settingsOnCall(priced, callId);
}

/** Where a session comes from. */
export interface SessionOrigin {
  readonly former?: FormerProcess;
  readonly joined?: JoinedCall | undefined;
  readonly rnnoise?: Rnnoise | undefined;
  /** Who asks, where the conversation is a question of another. */
  readonly asker?: Asker;
  /** The provider of the first connection, which is being made. */
  readonly early?: EarlyConnection | undefined;
}

/** A session as one that asks other agents. */
function askerOf(
  { program }: SessionParts,
  settings: SessionSettings,
  session: {
    readonly ends: SessionEnds;
    readonly asker: Asker | undefined;
    readonly dispatch: (event: SessionEvent) => void;
  },
): Asker {
  const { ends, asker, dispatch } = session;
  return {
    ends: endsOfAsked(ends),
    providerNames: standIns(program, settings),
    variables: settings.variables,
    depth: asker === undefined ? 0 : asker.depth + 1,
    spend: (callId, usage) => dispatch({ type: 'tool.spent', callId, usage }),
  };
}

/** What a session is given that an agent asks: nobody observes it, so calls are approved and answered by callbacks or not at all. */
function endsOfAsked({ caller, approve, clientTools }: SessionEnds): Asker['ends'] {
  return {
    ...(caller && { caller }),
    ...(typeof approve === 'function' && { approve }),
    ...(typeof clientTools === 'function' && { clientTools }),
  };
}

/** How agents are asked where no session asks. */
export function agentAsker(
  parts: SessionParts,
  { provider, variables = {}, ...ends }: AgentAskerOptions,
): AskAgent {
  const asker: Asker = {
    ends: endsOfAsked(ends),
    providerNames: provider === undefined ? undefined : [provider],
    variables,
    depth: 0,
    spend: () => undefined,
  };
  return askAgents(asker, (question) => openQuestion(parts, question, asker));
}

/** Puts a session together. `former`: it goes on from there. `joined`: its call. `rnnoise`: for agents that want it. */
export function assembleSession(
  parts: SessionParts,
  settings: SessionSettings,
  ends: SessionEnds,
  given: SessionOrigin = {},
): PreparedSession {
  const { program, providers, announcer, localTurns, toolCalls, clock, logger } = parts;
  const { former, joined, rnnoise, asker, early } = given;
  const formats = formatsOf(settings.agents[settings.agentName]?.session ?? { type: 'realtime' });
  const codec = createSessionCodec(formats.input, formats.output);
  const { source, sink = silentSink(codec.outputSampleRateHz), ...ownEnds } = ends;
  const remembered = former?.calls;
  const callControl = ends.callControl ?? (joined && controlOf(joined.call));
  const dispatch = (event: SessionEvent): void => runner.dispatch(event);
  const { sessionId } = settings;
  const desk = new ApprovalDesk({ sessionId, approve: ends.approve, logger, dispatch });
  const clients = new ClientDesk({ clientTools: ends.clientTools, dispatch });
  const askAgent: AskAgent = (question) => {
    const asks = askerOf(parts, settings, { ends, asker, dispatch });
    return askAgents(asks, (asked) => openQuestion(parts, asked, asks))(question);
  };
  const tools = sessionTools({
    program,
    settings,
    clock,
    logger,
    toolCalls,
    askAgent,
    askClient: clients.ask,
    remembered,
    ...ownEnds,
    callControl,
  });
  const runner: SessionRunner = new SessionRunner(
    settings,
    {
      providers: (name) => (early?.name === name ? early : (providers.made(name) ?? providers.get(name))),
      tools: tools.declared,
      source: source && resampledSource(source, codec.inputSampleRateHz),
      sink: comfortableSink(
        resampledSink(sink, codec.outputSampleRateHz),
        agentsOf(program, settings),
        () => runner.state.agent,
      ),
      codec,
      clock,
      logger,
      // The user of a call hears the provider, not this process.
      ...(announcer &&
        joined === undefined && { announcer: resampledAnnouncer(announcer, codec.outputSampleRateHz) }),
      approver: () => desk.approver,
      guards: (name) => {
        const agent = agentOf(program, settings, name);
        return agent === undefined ? [] : guardsOf(program, agent);
      },
      conditioner: (name) => {
        const agent = agentOf(program, settings, name);
        return agent && conditionerOf(agent, codec.inputSampleRateHz, rnnoise);
      },
      localTurns: (name) => {
        const agent = agentOf(program, settings, name);
        return agent && localTurns(agent, codec.inputSampleRateHz);
      },
    },
    former === undefined ? {} : { state: former.state },
  );
  const identity = {
    id: settings.sessionId,
    agentName: settings.agentName,
    providerName: settings.providers[0]?.name ?? '',
  };
  runner.observe((notice) => desk.take(notice));
  const session = new Session(identity, { runner, tools: tools.host, desk, clients }, joined);
  void session.closed.then(() => tools.close());
  return { session, runner };
}

/** Starts the conversation in which another agent answers a question. @throws {ToolError} `tool.agent_failed` */
function openQuestion(parts: SessionParts, question: AgentQuestion, asker: Asker): Session {
  const { agents } = parts.program.agents;
  const agent = Object.hasOwn(agents, question.agent) ? agents[question.agent] : undefined;
  if (agent === undefined) throw failed(question, 'there is no such agent');
  const program = {
    ...parts.program,
    agents: { ...parts.program.agents, agents: { ...agents, [question.agent]: inWriting(agent, question) } },
  };
  const own: SessionParts = { ...parts, program, announcer: undefined };
  const settings = planSession(own, {
    agentName: question.agent,
    providerNames: asker.providerNames ?? providersOf(agent),
    variables: asker.variables,
    history: [],
    toolHost: undefined,
  });
  const { session, runner } = assembleSession(own, settings, asker.ends, { asker });
  runner.dispatch({ type: 'session.start' });
  return session;
}

/** The providers of a session whose agent has others by the file. */
function standIns({ agents: { agents } }: Program, settings: SessionSettings): readonly string[] | undefined {
  const names = settings.providers.map(({ name }) => name);
  const agent = Object.hasOwn(agents, settings.agentName) ? agents[settings.agentName] : undefined;
  const own = agent === undefined ? [] : providersOf(agent);
  return names.join('\n') === own.join('\n') ? undefined : names;
}

/** @throws AntiphonError `session.unknown_agent` */
export function agentNamed(
  { program }: SessionParts,
  asked: string | undefined,
): { readonly name: string; readonly agent: AgentConfig } {
  const { agents, default_agent: defaultAgent } = program.agents;
  const name = asked ?? defaultAgent;
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
  if (agent === undefined) {
    throw new AntiphonError('session.unknown_agent', { name, available: Object.keys(agents).join(', ') });
  }
  return { name, agent };
}

function guardsOf({ tools }: Program, { guardrails }: AgentConfig): readonly Guard[] {
  return guardrails.flatMap((name) => tools.guards.get(name) ?? []);
}

function choiceOf(providers: Providers, { locate }: Program, name: string): ProviderChoice {
  const leavesOut = providers.rejectedSettingsOf(name);
  const voice = providers.voiceOf(name);
  return {
    name,
    voice,
    sessionLimitMs: providers.sessionLimitMsOf(name),
    ...(leavesOut && { leavesOut }),
    ...(providers.hasFixedSettings(name) && { settings: 'fixed' }),
    places: providerPlaces(name, voice, locate),
  };
}

/** A number from an id (FNV-1a): sessions draw other delays, and a log draws the same ones again. */
export function seedOf(sessionId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < sessionId.length; at += 1) {
    hash = Math.imul(hash ^ sessionId.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
