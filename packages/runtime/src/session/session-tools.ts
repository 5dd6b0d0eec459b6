import {
  type AgentConfig,
  type CallControl,
  type Clock,
  type Logger,
  type SessionSettings,
  type ToolHost,
  type ToolSpec,
  toolNamesOf,
} from '@antiphon/core';
import {
  type ApproveCall,
  type AskAgent,
  type AskClient,
  createToolHost,
  type ProcessCalls,
  type RememberedCall,
  type SessionToolHost,
} from '@antiphon/tools';
import type { Program } from '../program/load-program.ts';
import { handoffSpecs } from './handoff-tools.ts';

/** What the tools of a session are made from. */
export interface SessionToolsOptions {
  readonly program: Program;
  readonly settings: SessionSettings;
  /** The limits that the calls of all sessions share. */
  readonly toolCalls: ProcessCalls;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs the tools instead of the agents' own lists. */
  readonly toolHost?: ToolHost | undefined;
  readonly caller?: Readonly<Record<string, string>> | undefined;
  readonly approve?: ApproveCall | 'events' | undefined;
  readonly callControl?: CallControl | undefined;
  /** How tools ask other agents. */
  readonly askAgent?: AskAgent | undefined;
  /** How tools put their calls to the application. */
  readonly askClient?: AskClient | undefined;
  /** Calls that a former process made. */
  readonly remembered?: readonly RememberedCall[] | undefined;
}

/** The tools of one session. */
export interface SessionTools {
  /** Runs them. */
  readonly host: ToolHost;
  /** The same, with what in-process engines are told besides: the functions that hand over, which nobody calls through a host. */
  readonly declared: ToolHost;
  close(): void;
}

/** The host is made when the first tool is asked for: a caller waits for the connection, which needs none of it. */
export function sessionTools(options: SessionToolsOptions): SessionTools {
  const { program, settings, toolHost } = options;
  let made: SessionToolHost | undefined;
  const own = (): SessionToolHost => {
    made ??= makeHost(options);
    return made;
  };
  const host = toolHost ?? deferred(own);
  const all = program.agents.agents;
  const check = host.check?.bind(host);
  const specsOf = (name: string): readonly ToolSpec[] => {
    const own = host.specsOf?.(name) ?? host.specs;
    const agent = agentOf(program, settings, name);
    return agent === undefined || agent.handoffs.length === 0 ? own : [...own, ...handoffSpecs(agent, all)];
  };
  return {
    host,
    declared: {
      get specs() {
        return host.specs;
      },
      specsOf,
      ...(check && { check }),
      call: (request, signal, listener) => host.call(request, signal, listener),
    },
    close: () => made?.close(),
  };
}

/** An agent of the file that the session can come to. */
export function agentOf(
  { agents: { agents } }: Program,
  settings: SessionSettings,
  name: string,
): AgentConfig | undefined {
  return Object.hasOwn(settings.agents, name) && Object.hasOwn(agents, name) ? agents[name] : undefined;
}

/** All of them, by name. */
export function agentsOf(program: Program, settings: SessionSettings): Readonly<Record<string, AgentConfig>> {
  const agents: Record<string, AgentConfig> = {};
  for (const name of Object.keys(settings.agents)) {
    const agent = agentOf(program, settings, name);
    if (agent !== undefined) agents[name] = agent;
  }
  return agents;
}

function makeHost(options: SessionToolsOptions): SessionToolHost {
  const {
    program,
    settings,
    toolCalls,
    clock,
    logger,
    caller = {},
    approve,
    callControl,
    askAgent,
    askClient,
    remembered,
  } = options;
  const { tool_limits: limits } = program.agents;
  const toolsOf = (name: string): readonly string[] => {
    const agent = agentOf(program, settings, name);
    return agent === undefined ? [] : toolNamesOf(agent);
  };
  return createToolHost({
    registry: program.tools.registry,
    agentTools: toolsOf(settings.agentName),
    agents: Object.fromEntries(Object.keys(settings.agents).map((name) => [name, toolsOf(name)])),
    clock,
    logger,
    process: toolCalls,
    limits: { parallelCalls: limits.parallel_per_session, waitingCalls: limits.waiting_per_session },
    caller,
    consentWords: (name) => settings.agents[name]?.consentWords,
    ...(typeof approve === 'function' && { approve }),
    ...(callControl && { callControl }),
    ...(askAgent && { askAgent }),
    ...(askClient && { askClient }),
    ...(remembered && { remembered }),
  });
}

function deferred(host: () => SessionToolHost): ToolHost {
  return {
    get specs() {
      return host().specs;
    },
    specsOf: (name) => host().specsOf?.(name) ?? host().specs,
    check: (request, signal) => host().check(request, signal),
    call: (request, signal, listener) => host().call(request, signal, listener),
  };
}
