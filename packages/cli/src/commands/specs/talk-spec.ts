import type { CommandSpec } from '../../command-line/command.ts';
import {
  answerOption,
  approveOption,
  defaultDirectory,
  recordingOptions,
} from '../../command-line/shared-options.ts';

export const talkSpec: CommandSpec = {
  path: ['talk'],
  argumentsHelp: '',
  summary: 'talk with the agent, on microphone and speaker',
  description:
    'Holds a conversation on the microphone and the speaker of this machine until Ctrl-C or q. What the agent was cut off in\nis shown as not heard.\n\nKeys, in a terminal: space interrupts the agent; m mutes the microphone; q ends the talk. With --push-to-talk, space opens\nand shuts the microphone; with turn_detection push_to_talk it begins and ends a turn, with null it ends one.\n\nWith a speaker the microphone hears the agent: unless told otherwise it is shut while the agent speaks, and space\ninterrupts. With --echo cancel (a speaker) or --echo none (headphones) you interrupt by speaking.',
  options: [
    { name: 'input-device', value: 'DEVICE', help: 'the microphone: its number, or a part of its name' },
    { name: 'output-device', value: 'DEVICE', help: 'the speaker: its number, or a part of its name' },
    { name: 'list-devices', help: 'show the microphones and speakers, and end' },
    {
      name: 'echo',
      value: 'WHAT',
      choices: ['gate', 'cancel', 'none'],
      help: 'what is done about hearing the agent: shut the microphone (gate, default), take it out, or nothing',
    },
    approveOption,
    answerOption,
    { name: 'push-to-talk', help: 'the microphone is shut until you press space' },
    { name: 'watch', help: 'take changes of the agent file and its plugins up while you talk' },
    {
      name: 'record',
      value: 'WHAT',
      choices: ['heard', 'generated'],
      help: 'write conversation.wav, with what was heard of the agent, or all that was generated',
    },
    {
      name: 'out',
      value: 'DIR',
      help: `where recordings go (default: ${defaultDirectory}); records what was heard`,
    },
    ...recordingOptions,
  ],
  examples: [
    'antiphon talk',
    'antiphon talk --echo none --provider openai',
    'antiphon talk --list-devices',
    'antiphon talk --input-device headset --output-device headset --out monday',
  ],
  arity: { min: 0, max: 0 },
};
