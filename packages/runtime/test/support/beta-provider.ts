import {
  BetaServerReader,
  betaVintageOf,
  type ClientEvent,
  encodeAudioAppend,
  type Provider,
  toBetaClientEvent,
} from '@antiphon/core';
import { WebSocket } from 'ws';

/** A provider of a server of the preview dialect, with as little around the translation as can be. */
export function betaProvider(url: string, apiVersion: string): Provider {
  const vintage = betaVintageOf(apiVersion);
  return {
    name: 'preview',
    connect(_request, handlers) {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      const reader = new BetaServerReader();
      socket.on('open', () => handlers.onOpen());
      socket.on('message', (data: Buffer) => {
        for (const message of reader.decode(data.toString())) {
          handlers.onMessage(message);
        }
      });
      socket.on('error', () => {});
      socket.on('close', (code, reason) => handlers.onClose({ code, reason: reason.toString() }));
      const write = (text: string): void => {
        if (socket.readyState === WebSocket.OPEN) {
          socket.send(text);
        }
      };
      return {
        get bufferedBytes() {
          return socket.bufferedAmount;
        },
        send(event: ClientEvent) {
          const beta = toBetaClientEvent(event, vintage);
          if (beta !== undefined) {
            write(JSON.stringify(beta));
          }
        },
        sendAudio: (audio) => write(encodeAudioAppend(audio)),
        close: (code, reason) => socket.close(code, reason),
      };
    },
    close: async () => {},
  };
}
