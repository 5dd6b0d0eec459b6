import {
  type ConfigSecret,
  type InboundMessage,
  redact,
  type TransportClose,
  type TransportHandlers,
} from '@antiphon/core';

/** Takes the keys of a connection out of everything about its failures: some servers repeat the key they refuse. */
export function withoutSecrets(
  handlers: TransportHandlers,
  secrets: () => readonly ConfigSecret[],
): TransportHandlers {
  return {
    onOpen: () => handlers.onOpen(),
    onMessage: (message) => handlers.onMessage(cleanMessage(message, secrets)),
    onClose: (close) => handlers.onClose(cleanClose(close, secrets())),
  };
}

/** The headers whose values may be shown in no message, as secrets. */
export function secretHeaders(headers: Readonly<Record<string, string>>): readonly ConfigSecret[] {
  return Object.entries(headers)
    .filter(([name]) => /auth|key|token|secret|cookie|password/i.test(name))
    .map(([name, value]) => ({ name, value: value.replace(/^(?:bearer|basic) /i, '') }));
}

/** What a server says of failures, wherever in it: a path or a code may repeat a key as well as a message. */
function cleanMessage(message: InboundMessage, secrets: () => readonly ConfigSecret[]): InboundMessage {
  if (message.kind !== 'event') return message;
  const { event } = message;
  switch (event.type) {
    case 'error':
    case 'conversation.item.input_audio_transcription.failed':
      return { ...message, event: { ...event, error: cleaned(event.error, secrets()) } as typeof event };
    case 'response.done': {
      const { response } = event;
      if (!response.status_details) return message;
      const status_details = cleaned(response.status_details, secrets());
      return { ...message, event: { ...event, response: { ...response, status_details } } };
    }
    default:
      return message;
  }
}

function cleaned<Value extends object>(value: Value, secrets: readonly ConfigSecret[]): Value {
  const text = JSON.stringify(value);
  const words = redact(text, secrets);
  return words === text ? value : (JSON.parse(words) as Value);
}

function cleanClose(close: TransportClose, secrets: readonly ConfigSecret[]): TransportClose {
  const { error } = close;
  const reason = redact(close.reason, secrets);
  if (error === undefined) return { ...close, reason };
  const words = redact(error.message, secrets);
  return { ...close, reason, error: words === error.message ? error : new Error(words) };
}
