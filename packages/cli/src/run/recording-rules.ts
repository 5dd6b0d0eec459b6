import type { ConversationRecorder, ConversationRecorderOptions } from '@antiphon/audio/node';
import type { Session } from '@antiphon/runtime';
import type { OptionSpec, ParsedCommandLine } from '../command-line/command.ts';

/** What a recording says of consent. */
export const consentOptions: readonly OptionSpec[] = [
  {
    name: 'consent',
    value: 'WHAT',
    choices: ['given', 'not_needed', 'required'],
    help: 'what conversation.wav says of consent; required: it begins when a tool has got it (recording: allow)',
  },
  { name: 'consent-by', value: 'WHO', help: 'who says that consent was given' },
];

/** What the words of a command say of consent; `unsaid` when they say nothing. */
export function consentOf(
  { options }: ParsedCommandLine,
  { unsaid }: { readonly unsaid: 'unknown' | 'given' },
): Pick<ConversationRecorderOptions, 'consent' | 'consentBy'> {
  const { consent: asked, 'consent-by': by } = options;
  const known = (['given', 'not_needed', 'required'] as const).find((one) => one === asked);
  const consent = known ?? (by === undefined ? unsaid : 'given');
  return { consent, ...(typeof by === 'string' && { consentBy: by }) };
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
