import type { JsonObject } from '../json.ts';
import type { InboundMessage } from '../ports/transport.ts';
import type { WireDialect, WireStep } from '../ports/wire-dialect.ts';
import type { ClientEvent } from './client-events.ts';
import type { ServerEvent } from './server-events.ts';
import { ServerStandIn } from './server-stand-in.ts';
import { withoutSettings } from './setting-filter.ts';
import type { SettingPath } from './setting-paths.ts';

/** What a server does not do of all that the GA dialect has. */
export interface DialectLimits {
  /** Settings of the session that it does not take, by their place in the session object; see `settingPaths`. */
  readonly rejectsSettings: readonly SettingPath[];
  /** Client events that it does not take. */
  readonly rejectsEvents: readonly ClientEvent['type'][];
  /** Server events that it does not send and nothing stands for. */
  readonly neverSends: readonly ServerEvent['type'][];
}

/**
 * A dialect within the limits of a server: what it does not take is not sent, and what it does not confirm although the
 * session waits for it is confirmed here. One object per connection.
 */
export function limitDialect(dialect: WireDialect, limits: DialectLimits): WireDialect {
  const rejectedSettings = new Set(limits.rejectsSettings);
  const rejectedEvents = new Set(limits.rejectsEvents);
  const standIn = new ServerStandIn(new Set(limits.neverSends));
  return {
    closed: (close) => dialect.closed?.(close) ?? close,
    open: () => withMessages(dialect.open(), standIn.open()),
    send(event) {
      const isRejected = rejectedEvents.has(event.type);
      const step = isRejected ? {} : dialect.send(takenEvent(event, rejectedSettings));
      return withMessages(step, standIn.answer(event, isRejected ? 'rejected' : 'sent'));
    },
    sendAudio: (audio) => (rejectedEvents.has('input_audio_buffer.append') ? {} : dialect.sendAudio(audio)),
    receive(frame) {
      const step = dialect.receive(frame);
      if (step.messages === undefined) return step;
      return { ...step, messages: step.messages.flatMap((message) => standIn.complete(message)) };
    },
  };
}

/** The event as the server takes it: null only where it means something, and no setting that it refuses. */
function takenEvent(event: ClientEvent, rejected: ReadonlySet<SettingPath>): ClientEvent {
  switch (event.type) {
    case 'session.update':
      return { ...event, session: withoutSettings(event.session as JsonObject, rejected) } as ClientEvent;
    case 'response.create':
      if (event.response === undefined) return event;
      return { ...event, response: withoutSettings(event.response as JsonObject, rejected) } as ClientEvent;
    case 'conversation.item.create': {
      const { previous_item_id, ...rest } = event;
      return typeof previous_item_id === 'string' ? event : rest;
    }
    default:
      return event;
  }
}

function withMessages(step: WireStep, more: readonly InboundMessage[]): WireStep {
  return more.length === 0 ? step : { ...step, messages: [...(step.messages ?? []), ...more] };
}
