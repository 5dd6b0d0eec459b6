import { type ClientEvent, encodeBase64, type JsonObject } from '@antiphon/core';
import type { FakePeer } from './fake-peer.ts';
import type { PeerScript } from './fake-realtime-server.ts';
import type { Fault, FaultMoment } from './faults.ts';
import { callEvents, spokenEvents } from './spoken-events.ts';

type Step = (peer: FakePeer, made: MadeIds) => void | Promise<void>;

/** Identifiers of one run of a script. */
interface MadeIds {
  next(prefix: string): string;
}

/** What is spoken, and how long it sounds. */
export interface ScriptedSpeech {
  readonly text: string;
  /** 500 unless told. */
  readonly ms?: number;
  /** Length of a delta; 100 unless told. */
  readonly deltaMs?: number;
}

/** A call that a scripted server makes. */
export interface ScriptedToolCall {
  readonly name: string;
  /** A value, or a JSON text that may be malformed; `{}` unless told. */
  readonly arguments?: JsonObject | string;
  readonly callId?: string;
}

/**
 * A script for a connection, step by step. Each step ends before the next begins; a script that ends leaves the
 * connection as it is.
 *
 * ```ts
 * server.onConnection(script().greets().agrees().expects('response.create').speaks({ text: 'Hello.' }).build());
 * ```
 */
export class ScriptBuilder {
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[] = []) {
    this.#steps = steps;
  }

  /** Creates the session. */
  greets(): ScriptBuilder {
    return this.sends({ type: 'session.created', session: { id: 'sess_fake', type: 'realtime' } });
  }

  /** Waits for the settings and agrees to them. */
  agrees(): ScriptBuilder {
    return this.does(async (peer) => {
      const { session } = await peer.expect('session.update');
      peer.send({ type: 'session.updated', session: { id: 'sess_fake', ...session } as JsonObject });
    });
  }

  /** Sends events, in the GA dialect. */
  sends(...events: readonly JsonObject[]): ScriptBuilder {
    return this.does((peer) => {
      for (const event of events) {
        peer.send(event);
      }
    });
  }

  /** Waits for the next event of a type. */
  expects(type: ClientEvent['type']): ScriptBuilder {
    return this.does(async (peer) => void (await peer.expect(type)));
  }

  /** Waits for some audio. */
  expectsAudio(): ScriptBuilder {
    return this.does(async (peer) => void (await peer.expectAudio()));
  }

  /** Sends a whole spoken response; its sound is silence at 24 kHz. */
  speaks({ text, ms = 500, deltaMs = 100 }: ScriptedSpeech): ScriptBuilder {
    const delta = (length: number): string => encodeBase64(new Uint8Array(length * 48));
    const whole = Math.floor(ms / deltaMs);
    const audio = [
      ...Array.from({ length: whole }, () => delta(deltaMs)),
      ...(ms > whole * deltaMs ? [delta(ms - whole * deltaMs)] : []),
    ];
    return this.#add((peer, made) => {
      const ids = { responseId: made.next('resp'), itemId: made.next('item') };
      for (const event of spokenEvents({ ...ids, text, audio })) {
        peer.send(event);
      }
    });
  }

  /** Sends a whole response that calls tools. */
  callsTools(...calls: readonly ScriptedToolCall[]): ScriptBuilder {
    return this.#add((peer, made) => {
      const told = calls.map(({ name, arguments: given = {}, callId }) => ({
        itemId: made.next('item'),
        callId: callId ?? made.next('call'),
        name,
        arguments: typeof given === 'string' ? given : JSON.stringify(given),
      }));
      for (const event of callEvents(made.next('resp'), told)) {
        peer.send(event);
      }
    });
  }

  /** Lets time pass. */
  waits(ms: number): ScriptBuilder {
    return this.does(() => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Lets something go wrong, now or at a moment. */
  breaks(fault: Fault, moment?: FaultMoment): ScriptBuilder {
    return this.does((peer) => void peer.inject(fault, moment));
  }

  closes(code = 1000, reason = ''): ScriptBuilder {
    return this.does((peer) => peer.close(code, reason));
  }

  /** Anything else. */
  does(step: (peer: FakePeer) => void | Promise<void>): ScriptBuilder {
    return this.#add(step);
  }

  /** The script, for {@link FakeRealtimeServer.onConnection}. It may be used for any number of connections. */
  build(): PeerScript {
    const steps = this.#steps;
    return async (peer) => {
      const made = idsOfOneRun();
      for (const step of steps) {
        await step(peer, made);
      }
    };
  }

  #add(step: Step): ScriptBuilder {
    return new ScriptBuilder([...this.#steps, step]);
  }
}

/** An empty script. */
export function script(): ScriptBuilder {
  return new ScriptBuilder();
}

/** Unique over all connections, as a client that reconnects expects. */
let runs = 0;

function idsOfOneRun(): MadeIds {
  const run = ++runs;
  let count = 0;
  return { next: (prefix) => `${prefix}_fake_${run}_${++count}` };
}
