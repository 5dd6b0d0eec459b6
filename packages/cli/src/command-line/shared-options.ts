import type { OptionSpec } from './command.ts';

/** Where what a conversation leaves goes, unless told otherwise. */
export const defaultDirectory = 'answers';

/** Who agrees to calls of tools with `confirm: app`. */
export const approveOption: OptionSpec = {
  name: 'approve',
  value: 'WHO',
  choices: ['ask', 'all', 'none'],
  help: 'who agrees to tools with confirm: app: you, by a key (default on a terminal), all, none',
};

/** What stands in for the application that answers client tools. */
export const answerOption: OptionSpec = {
  name: 'answer',
  value: 'NAME=JSON',
  repeatable: true,
  help: 'what the client tool NAME answers, in place of an application; may be given again',
};

/** What a recording is, and what it says of consent. */
export const recordingOptions: readonly OptionSpec[] = [
  {
    name: 'record-format',
    value: 'FORMAT',
    choices: ['wav', 'ogg'],
    help: 'wav (default), or ogg: Opus, in a twelfth of the space',
  },
  {
    name: 'consent',
    value: 'WHAT',
    choices: ['given', 'not_needed', 'required'],
    help: 'what the recording says of consent; required: it begins when a tool has got it (recording: allow)',
  },
  { name: 'consent-by', value: 'WHO', help: 'who says that consent was given' },
];
