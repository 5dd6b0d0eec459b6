import type { WireDialect } from '../../ports/wire-dialect.ts';
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
      const wire = toBetaClientEvent(event, vintage, extras);
      return wire === undefined ? {} : { frames: [JSON.stringify(wire)] };
    },
    sendAudio: (audio) => ({ frames: [encodeAudioAppend(audio)] }),
    receive: (frame) => ({ messages: reader.decode(frame) }),
  };
}
