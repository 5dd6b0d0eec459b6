import { basename, join } from 'node:path';
import { ConversationRecorder, type ConversationRecorderOptions, OpusEncoder } from '@antiphon/audio/node';
import type { AgentsFile } from '@antiphon/core';
import type { Session } from '@antiphon/runtime';
import type { ParsedCommandLine } from '../command-line/command.ts';
import type { RunSummary } from '../render/view.ts';

/** How a conversation is recorded. */
export interface RecordingPlan extends Pick<ConversationRecorderOptions, 'agent' | 'consent' | 'consentBy'> {
  readonly format: 'wav' | 'ogg';
}

/** What the words of a command and, where they say nothing, the agent file want of a recording. */
export function recordingPlan(
  { options }: Pick<ParsedCommandLine, 'options'>,
  file: AgentsFile['recording'],
  { unsaid }: { readonly unsaid: 'unknown' | 'given' },
): RecordingPlan {
  const said = <const Choice extends string>(name: string, choices: readonly Choice[]) =>
    choices.find((one) => one === options[name]);
  const by = options['consent-by'] ?? file.consent_by;
  // Who says that there was consent says that there was.
  const byWords = options['consent-by'] === undefined ? undefined : 'given';
  const consent = said('consent', ['given', 'not_needed', 'required']) ?? byWords ?? file.consent;
  return {
    agent: said('record', ['heard', 'generated']) ?? file.agent ?? 'heard',
    format: said('record-format', ['wav', 'ogg']) ?? file.format ?? 'wav',
    consent: consent ?? (by === undefined ? unsaid : 'given'),
    ...(typeof by === 'string' && { consentBy: by }),
  };
}

/**
 * Opens the recording of a conversation in `directory`.
 *
 * @throws AntiphonError `audio.open_failed`, `audio.write_failed`, `audio.opus_unavailable`
 */
export async function openRecording(
  { format, ...plan }: RecordingPlan,
  options: Pick<ConversationRecorderOptions, 'sampleRateHz' | 'onFailure'> & { readonly directory: string },
): Promise<ConversationRecorder> {
  const { directory, ...rest } = options;
  if (format === 'wav')
    return new ConversationRecorder(join(directory, 'conversation.wav'), { ...rest, ...plan });
  const opus = await OpusEncoder.load({ sampleRateHz: rest.sampleRateHz, channels: 2 });
  return new ConversationRecorder(join(directory, 'conversation.ogg'), { ...rest, ...plan, opus });
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
