import type { ServerEvent } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import type { Stage } from '../stage.ts';
import type { CallSound } from './call-sound.ts';
import type { PartPlace } from './server-says.ts';

/** What the server's end of one connection may use. */
export interface ServerPorts {
  readonly stage: Stage;
  readonly epoch: number;
  readonly random: Prng;
  readonly habits: ServerHabits;
  readonly emit: (event: ServerEvent) => void;
  /** Sound of a part, in bytes of the output format. */
  readonly emitAudio: (at: PartPlace, byteLength: number) => void;
  /** A word that occurs nowhere else in the schedule. */
  readonly nextWord: () => string;
  /** Of a server that plays what it says itself, and keeps the call when its connection is gone. */
  readonly sound?: CallSound;
}

/** How a provider differs from others; fixed for a schedule. */
export interface ServerHabits {
  /** Leaves out events that carry nothing new: content parts, items done. */
  readonly terse: boolean;
  /** What becomes of a turn committed while a response is active: answered later, or refused. */
  readonly busyTurns: 'queue' | 'refuse';
  /** How often an error names the event it answers. */
  readonly namesErrors: number;
  /** Acknowledges outputs of calls only after the response that is active. */
  readonly lateAcks: boolean;
  /** Tells tokens by kind. */
  readonly itemized: boolean;
  /** Tells what writing down a turn took: in tokens, or in seconds. */
  readonly transcription: 'untold' | 'tokens' | 'seconds';
  /** The name of the event that tells of a new item. */
  readonly itemEvent: 'conversation.item.added' | 'conversation.item.created';
  /** Who gives an item of the client its id: the client, or the server, whose ids may be longer than it takes itself. */
  readonly names: 'client' | 'server' | 'long';
  /** Whether it repeats the metadata of a request in the response. */
  readonly repeatsMetadata: boolean;
}
