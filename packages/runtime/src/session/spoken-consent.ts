import {
  type AgentConfig,
  type AgentsFile,
  type ConfigPath,
  type ConsentWords,
  consentWords,
  hostedConfirmation,
  hostedServersOf,
  type ToolSpec,
} from '@antiphon/core';

/** What keeps an agent from asking its user, where that stands under the agent, and what helps. */
export interface ConsentObstacle {
  readonly path: ConfigPath;
  readonly reason: string;
  readonly advice: string;
}

/** What the user of an agent has to agree to in words: its tools, and servers whose tools the provider calls. */
export function spokenCalls(agent: AgentConfig, tools: readonly ToolSpec[]): readonly string[] {
  const servers = hostedServersOf(agent).filter((server) => hostedConfirmation(server)?.by === 'spoken');
  return [
    ...tools.filter(({ confirm }) => confirm === 'spoken').map(({ name }) => name),
    ...servers.map(({ server_label: label }) => label),
  ];
}

/** The words in which an agent asks; undefined for a language of which none are known. */
export function wordsOf(agent: AgentConfig, languages: AgentsFile['languages']): ConsentWords | undefined {
  return consentWords(languageOf(agent), languages);
}

/** What keeps the agent from asking; undefined when nothing does. `leavesOut`: settings that one of its servers is not sent. */
export function consentObstacle(
  agent: AgentConfig,
  languages: AgentsFile['languages'],
  leavesOut: readonly string[],
): ConsentObstacle | undefined {
  if (agent.transcription === null || leavesOut.includes('audio.input.transcription')) {
    const reason = 'what the user says is not written down';
    return { path: ['transcription'], reason, advice: 'Remove "transcription: null".' };
  }
  if (wordsOf(agent, languages) === undefined) {
    const language = languageOf(agent);
    const reason = `no words of yes and no are known in "${language}"`;
    return { path: ['language'], reason, advice: `Add them under "languages: { ${language}: … }".` };
  }
  if (!answersByItself(agent, leavesOut)) return undefined;
  const reason = 'its server answers the user by itself and cannot be told to wait';
  return {
    path: ['provider'],
    reason,
    advice: 'Use another provider, or "turn_detection: { type: local_vad }".',
  };
}

/** An agent whose server leaves it to the session to ask for answers, so that a yes is not answered before its call. */
export function waitingForConsent(agent: AgentConfig): AgentConfig {
  const { turn_detection: detection } = agent;
  if (detection === null || !('create_response' in detection)) return agent;
  return { ...agent, turn_detection: { ...detection, create_response: false } };
}

function languageOf({ language, transcription }: AgentConfig): string {
  return language ?? transcription?.language ?? 'en';
}

function answersByItself({ turn_detection: detection }: AgentConfig, leavesOut: readonly string[]): boolean {
  const path = 'audio.input.turn_detection';
  const cannotWait = leavesOut.includes(path) || leavesOut.includes(`${path}.create_response`);
  return cannotWait && detection !== null && 'create_response' in detection;
}
