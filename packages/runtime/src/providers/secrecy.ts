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

function cleanMessage(message: InboundMessage, secrets: () => readonly ConfigSecret[]): InboundMessage {
  if (message.kind !== 'event') return message;
  const { event } = message;
  if (event.type === 'error') {
    const { error } = event;
    return {
      ...message,
      event: { ...event, error: { ...error, message: redact(error.message, secrets()) } },
    };
  }
  if (event.type === 'response.done' && event.response.status === 'failed') {
    const details = event.response.status_details;
    const text = JSON.stringify(details ?? null);
    const cleaned = redact(text, secrets());
    if (cleaned === text) return message;
    return {
      ...message,
      event: {
        ...event,
        response: { ...event.response, status_details: JSON.parse(cleaned) as typeof details },
      },
    };
  }
  return message;
}

function cleanClose(close: TransportClose, secrets: readonly ConfigSecret[]): TransportClose {
  const { error } = close;
  const reason = redact(close.reason, secrets);
  if (error === undefined) return { ...close, reason };
  const words = redact(error.message, secrets);
  return { ...close, reason, error: words === error.message ? error : new Error(words) };
}
