import type { GeminiClientMessage, JsonObject } from '@antiphon/core';
import type { RecordingStep } from '../recorded/recording.ts';
import { frameKindOf, type GeminiFrameKind, inCamelCase } from './gemini-frames.ts';
import type { GeminiPeer } from './gemini-peer.ts';

/** What a client may leave out, and what it says by itself elsewhere. */
const optional: ReadonlySet<GeminiFrameKind> = new Set(['audioStreamEnd', 'activityStart', 'video']);

/**
 * Plays one connection's worth of a recording of Gemini Live: what the server sent, each message as soon as the client
 * has sent what came before it. Some sound stands for all of it, up to the end of the model's turn.
 */
export async function playGeminiSteps(steps: readonly RecordingStep[], peer: GeminiPeer): Promise<void> {
  let sound: 'awaited' | 'heard' = 'awaited';
  for (const step of steps) {
    if (step.kind === 'received') {
      peer.send(step.raw);
      if (!endsTurn(step.raw)) continue;
      // What the client still sends up to the end of an answer is none of the next turn.
      await peer.endSound();
      sound = 'awaited';
      continue;
    }
    if (step.kind !== 'sent') continue;
    const kind = frameKindOf(messageOf(step.raw));
    if (optional.has(kind) || (kind === 'audio' && sound === 'heard')) continue;
    if (kind === 'toolResponse') await expectOutputs(peer, outputsIn(messageOf(step.raw)).length);
    else await peer.expect(kind);
    if (kind === 'audio') sound = 'heard';
  }
}

/** A client may give the outputs of several calls in one message or in several. */
async function expectOutputs(peer: GeminiPeer, count: number): Promise<void> {
  const given = outputsIn(await peer.expect('toolResponse')).length;
  if (given < count) await expectOutputs(peer, count - given);
}

function outputsIn(message: GeminiClientMessage): readonly unknown[] {
  return 'toolResponse' in message ? message.toolResponse.functionResponses : [];
}

/** What a recorded client sent, in the spelling of this project. */
function messageOf(raw: JsonObject): GeminiClientMessage {
  return inCamelCase(raw) as unknown as GeminiClientMessage;
}

function endsTurn({ serverContent }: JsonObject): boolean {
  return typeof serverContent === 'object' && serverContent !== null && 'turnComplete' in serverContent;
}
