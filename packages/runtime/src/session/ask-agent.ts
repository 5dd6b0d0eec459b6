import { type AgentConfig, AntiphonError, type SessionUsage } from '@antiphon/core';
import {
  type AgentQuestion,
  type ApproveCall,
  type AskAgent,
  type AskClient,
  ToolError,
} from '@antiphon/tools';
import type { Session } from './session.ts';

/** How many agents may ask each other in a row. */
const maxDepth = 4;

/** Who asks. */
export interface Asker {
  /** What the session that asks was given. */
  readonly ends: {
    readonly caller?: Readonly<Record<string, string>>;
    readonly approve?: ApproveCall;
    readonly clientTools?: AskClient;
  };
  /** The providers that stand in for those of the agents; undefined for each agent's own. */
  readonly providerNames: readonly string[] | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** How many askers there are before this one. */
  readonly depth: number;
  /** Told what an answer took. */
  readonly spend: (callId: string, usage: SessionUsage) => void;
}

/**
 * Lets a session ask other agents in writing. Each question is a conversation of its own, with the agent's provider,
 * tools and guardrails, which ends with the answer or with the call.
 *
 * @param open starts the session of a question
 */
export function askAgents(asker: Asker, open: (question: AgentQuestion, asker: Asker) => Session): AskAgent {
  return async (question) => {
    if (question.signal.aborted) throw question.signal.reason as Error;
    if (asker.depth >= maxDepth) throw failed(question, `${maxDepth} agents have asked each other already`);
    const session = open(question, asker);
    const onAbort = (): void => void session.close({ mode: 'cancel', reason: 'the question was taken back' });
    question.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await answerOf(session, question);
    } finally {
      question.signal.removeEventListener('abort', onAbort);
      await session.close({ mode: 'cancel', reason: 'the question is answered' });
      asker.spend(question.callId, session.usage);
    }
  };
}

/** The agent as it answers a question: no sound, nothing said of its own accord, nobody to hand over to or to agree. */
export function inWriting(agent: AgentConfig, { maxTurns, maxToolCalls }: AgentQuestion): AgentConfig {
  const { greeting: _greeting, idle: _idle, dead_air: _deadAir, ...rest } = agent;
  return {
    ...rest,
    output_modalities: ['text'],
    turn_detection: null,
    // Nobody is there to say yes: a call that wants one is refused, and not waited for.
    transcription: null,
    handoffs: [],
    fallback: null,
    before_call: [],
    after_call: [],
    limits: {
      responses_without_user: maxTurns,
      tool_calls_per_turn: maxToolCalls,
      ...(agent.limits?.tokens !== undefined && { tokens: agent.limits.tokens }),
      ...(agent.limits?.usd !== undefined && { usd: agent.limits.usd }),
    },
  };
}

/** What the author calls the limits of a question. */
const limitNames: Readonly<Record<string, string>> = {
  responses_without_user: 'max_turns',
  tool_calls_per_turn: 'max_tool_calls',
};

/** What the agent says in the end. */
function answerOf(session: Session, question: AgentQuestion): Promise<string> {
  return new Promise((resolve, reject) => {
    let texts: string[] = [];
    let trouble = '';
    /** Names hosts and settings: it is for the log. */
    let warned = '';
    let isAsked = false;
    session.observeAll((notice) => {
      switch (notice.type) {
        case 'ready':
          isAsked = true;
          session.sendText(question.text);
          break;
        case 'transcript':
          if (notice.role === 'agent' && notice.final && notice.text !== '') texts.push(notice.text);
          break;
        case 'tool_settled':
          // What was said before a result is not the answer.
          texts = [];
          question.onProgress({ agent: question.agent, tool: notice.name, status: notice.outcome.status });
          break;
        case 'limit':
          if (notice.reached) trouble = `it came to its limit of ${limitNames[notice.limit] ?? notice.limit}`;
          break;
        case 'warning':
          warned = notice.message;
          break;
        case 'settled':
          if (!isAsked || !session.settled || session.backgroundCalls > 0) break;
          if (texts.length > 0) resolve(texts.join('\n'));
          else reject(failed(question, trouble || 'it said nothing', warned));
          break;
        case 'closed': {
          const { outcome } = notice;
          const cause = outcome.status === 'failed' ? outcome.error.reason : warned || outcome.reason;
          reject(failed(question, trouble || 'its conversation came to an end', cause));
          break;
        }
        default:
          break;
      }
    });
  });
}

/** The error that tells the model why there is no answer; `cause` stands in the log alone. */
export function failed({ agent }: AgentQuestion, reason: string, cause = ''): ToolError {
  const { message, modelHint: hint } = new AntiphonError('tool.agent_failed', { agent, reason });
  const logged = cause === '' ? {} : { cause: new Error(cause) };
  return new ToolError(message, { code: 'tool.agent_failed', hint, ...logged });
}
