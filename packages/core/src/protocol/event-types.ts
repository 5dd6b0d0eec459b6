import { type ClientEvent, ClientEventSchema } from './client-events.ts';
import { type ServerEvent, ServerEventSchema } from './server-events.ts';

/** The types of all client events of the GA dialect. */
export const clientEventTypes: readonly ClientEvent['type'][] = ClientEventSchema.options.map(
  ({ shape }) => shape.type.value,
);

/** The types of all server events of the GA dialect. */
export const serverEventTypes: readonly ServerEvent['type'][] = ServerEventSchema.options.map(
  ({ shape }) => shape.type.value,
);
