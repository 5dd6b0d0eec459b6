import type { Conversation } from './conversation.ts';
import type { Heard, Utterance } from './conversation-log.ts';
import type { EventSink } from './response-writer.ts';

/** Where transcripts of the user's audio are told. */
export interface TranscriptionPorts {
  readonly sink: EventSink;
  readonly conversation: Conversation;
  /** Whether the session asks for transcripts. */
  readonly isWanted: () => boolean;
  /** The recogniser failed on something. */
  readonly onFailure: (error: unknown) => void;
}

/** A stretch of audio that is being recognised, as a part of an item. */
export interface HeardPart {
  readonly itemId: string;
  readonly contentIndex: number;
  readonly audioMs: number;
  readonly heard: Promise<Heard>;
}

/** Makes an utterance of a part: once recognised, its text is told to the client and kept with the item. */
export function followTranscription(part: HeardPart, ports: TranscriptionPorts): Utterance {
  const { contentIndex, audioMs } = part;
  const heard = part.heard.then(
    (result) => {
      tellTranscript(part, result.text, ports);
      return result;
    },
    (error: unknown) => {
      tellFailure(part, ports);
      ports.onFailure(error);
      throw error;
    },
  );
  // Nobody may ever ask for an answer to it.
  heard.catch(() => undefined);
  return { contentIndex, audioMs, heard };
}

function tellTranscript(
  part: HeardPart,
  text: string,
  { sink, conversation, isWanted }: TranscriptionPorts,
): void {
  const ids = { item_id: part.itemId, content_index: part.contentIndex };
  conversation.recordTranscript(part.itemId, part.contentIndex, text);
  if (!isWanted()) return;
  if (text !== '')
    sink.event({ type: 'conversation.item.input_audio_transcription.delta', ...ids, delta: text });
  sink.event({
    type: 'conversation.item.input_audio_transcription.completed',
    ...ids,
    transcript: text,
    usage: { type: 'duration', seconds: part.audioMs / 1_000 },
  });
}

function tellFailure(part: HeardPart, { sink, isWanted }: TranscriptionPorts): void {
  if (!isWanted()) return;
  sink.event({
    type: 'conversation.item.input_audio_transcription.failed',
    item_id: part.itemId,
    content_index: part.contentIndex,
    error: {
      type: 'server_error',
      code: 'transcription_failed',
      message: 'The audio could not be transcribed.',
      param: null,
    },
  });
}
