import type { WireDialect } from '../../ports/wire-dialect.ts';
import type { ClientEvent, ClientEventOf } from '../client-events.ts';
import { encodeAudioAppend } from '../codec.ts';
import { type BetaSessionExtras, toBetaClientEvent } from './client-out.ts';
import { BetaServerReader } from './server-in.ts';
import { type BetaVintage, latestBetaVintage } from './vintage.ts';

/** The dialect of the preview services, for one connection to a server of `vintage`. */
export function createBetaDialect(
  vintage: BetaVintage = latestBetaVintage,
  extras: BetaSessionExtras = {},
): WireDialect {
  const reader = new BetaServerReader();
  return {
    open: () => ({}),
    send: (event) => {
      const frame = encode(event, vintage, extras);
      return frame === undefined ? {} : { frames: [frame] };
    },
    sendAudio: (audio) => ({ frames: [encodeAudioAppend(audio)] }),
    receive: (frame) => ({ messages: reader.decode(frame) }),
  };
}

function encode(event: ClientEvent, vintage: BetaVintage, extras: BetaSessionExtras): string | undefined {
  if (event.type === 'session.update' && event.session.type === 'realtime')
    return encodeUpdate(event, vintage, extras);
  const wire = toBetaClientEvent(event, vintage, extras);
  return wire && JSON.stringify(wire);
}

/** Session objects as they were written last: many sessions are told the same, and each caller would wait for it. */
const written = new WeakMap<
  object,
  { readonly vintage: BetaVintage; readonly extras: string; readonly text: string }
>();

function encodeUpdate(
  event: ClientEventOf<'session.update'>,
  vintage: BetaVintage,
  extras: BetaSessionExtras,
): string | undefined {
  const { session, ...rest } = event;
  const known = written.get(session);
  const own = JSON.stringify(extras);
  const isSame = known?.vintage === vintage && known.extras === own;
  const text = isSame ? known.text : JSON.stringify(toBetaClientEvent(event, vintage, extras)?.['session']);
  if (!isSame) written.set(session, { vintage, extras: own, text });
  return `${JSON.stringify(rest).slice(0, -1)},"session":${text}}`;
}
