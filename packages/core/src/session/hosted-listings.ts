import type { ServerEvent, UnknownServerEvent } from '../protocol/server-events.ts';
import { settingsOf } from './agents.ts';
import type { SessionState } from './state.ts';
import { become, notify, remember, type Step, sequence, stay } from './step.ts';

const listingLimit = 64;

/** What a connection, in use or being made, tells of the servers whose tools its provider learns. */
export function noteListing(state: SessionState, event: ServerEvent | UnknownServerEvent): Step {
  switch (event.type) {
    case 'conversation.item.added':
    case 'conversation.item.created': {
      const { item } = event;
      if (item.type !== 'mcp_list_tools' || item.id === undefined) return stay(state);
      const listing = { itemId: item.id, server: item.server_label };
      const listings = remember(state.tools.listings, listing, listingLimit);
      return become(state, { tools: { ...state.tools, listings } });
    }
    case 'mcp_list_tools.completed':
      return forgetListing(state, event.item_id);
    case 'mcp_list_tools.failed':
      return sequence(warnOf(event.item_id)(state), (next) => forgetListing(next, event.item_id));
    default:
      return stay(state);
  }
}

/** The provider could not learn the tools of a server: the model goes without them. */
function warnOf(itemId: string): (state: SessionState) => Step {
  return (state) => {
    const server = serverOf(state, itemId);
    const named = server === undefined ? `a server that the agent names (${itemId})` : `the server ${server}`;
    const message = `the provider could not list the tools of ${named}`;
    return notify({ type: 'warning', code: 'provider.tools_not_listed', message })(state);
  };
}

/** The label that the item had, where it was told; else that of the only server it can be. */
function serverOf(state: SessionState, itemId: string): string | undefined {
  const told = state.tools.listings.find((listing) => listing.itemId === itemId);
  if (told !== undefined) return told.server;
  const names = [state.agent, state.served].flatMap((agent) =>
    Object.keys(settingsOf(state, agent).hosted ?? {}),
  );
  const [only, ...others] = new Set(names);
  return others.length === 0 ? only : undefined;
}

function forgetListing(state: SessionState, itemId: string): Step {
  const listings = state.tools.listings.filter((listing) => listing.itemId !== itemId);
  if (listings.length === state.tools.listings.length) return stay(state);
  return become(state, { tools: { ...state.tools, listings } });
}
