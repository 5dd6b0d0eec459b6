import { basename, join } from 'node:path';
import { ConversationRecorder, type ConversationRecorderOptions, OpusEncoder } from '@antiphon/audio/node';
import type { Session } from '@antiphon/runtime';
import type { OptionSpec, ParsedCommandLine } from '../command-line/command.ts';
import type { RunSummary } from '../render/view.ts';

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

/** What the words of a command say of consent; `unsaid` when they say nothing. */
function consentOf(
  { options }: ParsedCommandLine,
  { unsaid }: { readonly unsaid: 'unknown' | 'given' },
): Pick<ConversationRecorderOptions, 'consent' | 'consentBy'> {
  const { consent: asked, 'consent-by': by } = options;
  const known = (['given', 'not_needed', 'required'] as const).find((one) => one === asked);
  const consent = known ?? (by === undefined ? unsaid : 'given');
  return { consent, ...(typeof by === 'string' && { consentBy: by }) };
}

/**
 * Opens the recording of a conversation in `directory`, as the words of a command want it.
 *
 * @throws AntiphonError `audio.open_failed`, `audio.write_failed`, `audio.opus_unavailable`
 */
export async function openRecording(
  words: ParsedCommandLine,
  options: Pick<ConversationRecorderOptions, 'sampleRateHz' | 'agent' | 'onFailure'> & {
    readonly directory: string;
    readonly unsaid: 'unknown' | 'given';
  },
): Promise<ConversationRecorder> {
  const { directory, unsaid, ...rest } = options;
  const consent = consentOf(words, { unsaid });
  if (words.options['record-format'] !== 'ogg')
    return new ConversationRecorder(join(directory, 'conversation.wav'), { ...rest, ...consent });
  const opus = await OpusEncoder.load({ sampleRateHz: rest.sampleRateHz, channels: 2 });
  return new ConversationRecorder(join(directory, 'conversation.ogg'), { ...rest, ...consent, opus });
}

/** What a summary says of a recording that is not as usual. */
export function recordingInSummary({
  hasBegun,
  path,
}: ConversationRecorder): Pick<RunSummary, 'recorded' | 'recording'> {
  if (!hasBegun) return { recorded: false };
  const file = basename(path);
  return file === 'conversation.wav' ? {} : { recording: file };
}

/** The recording does what the session is told of it. */
export function followRecording(session: Session, recording: ConversationRecorder): void {
  session.observe('recording', ({ change, by }) => {
    switch (change) {
      case 'paused':
        return recording.pause();
      case 'resumed':
        return recording.resume();
      case 'allowed':
        return recording.allow(by);
    }
  });
}
