import type { CommandSpec } from '../../command-line/command.ts';
import {
  answerOption,
  approveOption,
  defaultDirectory,
  recordingOptions,
} from '../../command-line/shared-options.ts';

export const runSpec: CommandSpec = {
  path: ['run'],
  argumentsHelp: '[WAV…] [--text T]…',
  summary: 'hold a conversation from WAV files and texts',
  description:
    'Each WAV file (any; "-" is raw PCM16 at 24 kHz on standard input) or text is a turn of the user, in the order given; the\nnext turn starts when the answer is complete. Writes into the folder of answers: ITEM.wav for each spoken answer,\nconversation.wav (left the user, right the agent) and session.jsonl (every event).\n\nThe providers openai, azure, azure_voice_live and gemini need no entry in the agent file: they are read from the\nenvironment and .env. openai: OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID, OPENAI_REALTIME_MODEL.\nazure: AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN, and for the\npreview dialect AZURE_OPENAI_API_VERSION. azure_voice_live: AZURE_VOICELIVE_ENDPOINT, AZURE_VOICELIVE_API_KEY.\ngemini: GEMINI_API_KEY. With one of them named and no agent file, a plain agent without tools answers.',
  options: [
    { name: 'text', value: 'T', repeatable: true, help: 'a turn that is typed' },
    {
      name: 'call-id',
      value: 'ID',
      help: 'join a call whose sound flows between the user and the provider, and run the agent in it',
    },
    { name: 'out', value: 'DIR', help: `where the answers go (default: ${defaultDirectory})` },
    {
      name: 'pace',
      value: 'PACE',
      choices: ['realtime', 'fast'],
      help: 'realtime: as a microphone and a speaker would; fast: as fast as it can be taken (default)',
    },
    {
      name: 'record',
      value: 'WHAT',
      choices: ['heard', 'generated'],
      help: 'what conversation.wav keeps of the agent: what was heard (default), or all that was generated',
    },
    ...recordingOptions,
    approveOption,
    answerOption,
  ],
  examples: [
    'antiphon run question.wav',
    'antiphon run hello.wav --text "And in Tokyo?" --out answers --pace realtime',
    'antiphon run question.wav --provider azure',
    'antiphon run question.wav --provider openai --json',
    'antiphon run --provider openai --call-id rtc_123',
  ],
  arity: { min: 0, max: Number.POSITIVE_INFINITY },
};
