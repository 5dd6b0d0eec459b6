import type { InboundMessage } from '../../../src/ports/transport.ts';
import type { WireDialect, WireStep } from '../../../src/ports/wire-dialect.ts';
import type { ClientEvent } from '../../../src/protocol/client-events.ts';
import { GeminiClientMessageSchema } from '../../../src/protocol/gemini/client-messages.ts';
import {
  createGeminiDialect,
  type GeminiDialectOptions,
} from '../../../src/protocol/gemini/gemini-dialect.ts';
import { ServerEventSchema } from '../../../src/protocol/server-events.ts';
import type { SessionUpdate } from '../../../src/protocol/session-config.ts';

/** What a dialect said: frames as objects, messages as they are. */
export interface Said {
  readonly frames: readonly unknown[];
  readonly messages: readonly InboundMessage[];
}

export const spoken: SessionUpdate = {
  type: 'realtime',
  output_modalities: ['audio'],
  audio: { input: { transcription: {}, turn_detection: { type: 'server_vad' } } },
};

/** A connection to Gemini without a server: what each side says is put in by hand. Everything said is held against the schemas. */
export class Line {
  readonly dialect: WireDialect;
  readonly all: Said[] = [];

  constructor(options: Partial<GeminiDialectOptions> = {}) {
    let count = 0;
    this.dialect = createGeminiDialect({
      model: 'gemini-2.5-flash-live',
      ids: { nextId: (prefix) => `${prefix}_${(count += 1)}` },
      inputConverter: () => ({ push: (audio) => audio, flush: () => new Uint8Array(0) }),
      ...options,
    });
  }

  /** A connection that is agreed on. */
  static ready(options: Partial<GeminiDialectOptions> = {}, session: SessionUpdate = spoken): Line {
    const line = new Line(options);
    line.note(line.dialect.open());
    line.client({ type: 'session.update', session });
    line.server({ setupComplete: {} });
    line.all.length = 0;
    return line;
  }

  client(event: ClientEvent): Said {
    return this.note(this.dialect.send(event));
  }

  server(message: object): Said {
    return this.note(this.dialect.receive(JSON.stringify(message)));
  }

  content(serverContent: object): Said {
    return this.server({ serverContent });
  }

  /** The user's sound: 32 bytes a millisecond. */
  sound(ms = 10): Said {
    return this.note(this.dialect.sendAudio(new Uint8Array(ms * 32)));
  }

  type(text: string): Said {
    const item = {
      type: 'message' as const,
      role: 'user' as const,
      content: [{ type: 'input_text' as const, text }],
    };
    return both(
      this.client({ type: 'conversation.item.create', item }),
      this.client({ type: 'response.create' }),
    );
  }

  output(callId: string, output: string): Said {
    return this.client({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: callId, output },
    });
  }

  note(step: WireStep): Said {
    const said: Said = {
      frames: (step.frames ?? []).map((frame) => GeminiClientMessageSchema.parse(JSON.parse(frame))),
      messages: step.messages ?? [],
    };
    for (const message of said.messages) {
      if (message.kind === 'event' && message.event.type !== 'unknown')
        ServerEventSchema.parse(message.event);
    }
    this.all.push(said);
    return said;
  }
}

/** Types of events, and the kinds of messages that are none. */
export function typesOf({ messages }: Said): readonly string[] {
  return messages.map((message) => (message.kind === 'event' ? message.event.type : message.kind));
}

/** The first event of a type. */
export function eventOf(said: Said, type: string): Record<string, unknown> {
  const found = said.messages.find((message) => message.kind === 'event' && message.event.type === type);
  if (found?.kind !== 'event') throw new Error(`no ${type} among ${typesOf(said).join(', ')}`);
  return found.event as unknown as Record<string, unknown>;
}

export function voice(data = 'AAAA'): object {
  return { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] } };
}

function both(one: Said, other: Said): Said {
  return { frames: [...one.frames, ...other.frames], messages: [...one.messages, ...other.messages] };
}
