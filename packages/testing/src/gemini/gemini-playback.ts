import type { GeminiClientMessage, JsonObject } from '@antiphon/core';
import type { RecordingStep } from '../recorded/recording.ts';
import { frameKindOf, type GeminiFrameKind, inCamelCase } from './gemini-frames.ts';
import type { GeminiPeer } from './gemini-peer.ts';

/** What a client may leave out, and what it says by itself elsewhere. */
const optional: ReadonlySet<GeminiFrameKind> = new Set(['audioStreamEnd', 'activityStart', 'video']);

/**
 * Plays one connection's worth of a recording of Gemini Live: what the server sent, each message as soon as the client
 * has sent what came before it. A run of sound stands for any amount of it.
 */
export async function playGeminiSteps(steps: readonly RecordingStep[], peer: GeminiPeer): Promise<void> {
  let before = '';
  for (const step of steps) {
    if (step.kind === 'received') {
      peer.send(step.raw);
      before = '';
      continue;
    }
    if (step.kind !== 'sent') continue;
    const kind = frameKindOf(messageOf(step.raw));
    if (!optional.has(kind) && (kind !== 'audio' || before !== 'audio')) await peer.expect(kind);
    before = kind;
  }
}

/** What a recorded client sent, in the spelling of this project. */
export function messageOf(raw: JsonObject): GeminiClientMessage {
  return inCamelCase(raw) as unknown as GeminiClientMessage;
}
