import { describe, expect, it } from 'vitest';
import { notices, SessionDriver } from './session-driver.ts';

const hosted = { docs: {}, crm: {} };
const item = { id: 'item_l', type: 'mcp_list_tools', server_label: 'crm', tools: [] };
const failed = (session: SessionDriver) =>
  notices(session.server({ type: 'mcp_list_tools.failed', item_id: 'item_l' }), 'warning');

describe('the warning that the tools of a server cannot be listed', () => {
  it('names the server by the label of the item', () => {
    const session = new SessionDriver({ hosted }).ready();
    session.server({ type: 'mcp_list_tools.in_progress', item_id: 'item_l' });
    session.server({ type: 'conversation.item.added', previous_item_id: null, item });
    expect(failed(session)).toEqual([
      {
        type: 'warning',
        code: 'provider.tools_not_listed',
        message: 'the provider could not list the tools of the server crm',
      },
    ]);
    expect(session.state.tools.listings).toEqual([]);
  });

  it('names the only server that it can be where the item was not told', () => {
    const session = new SessionDriver({ hosted: { docs: {} } }).ready();
    expect(failed(session)).toMatchObject([{ message: expect.stringMatching(/the server docs$/) }]);
  });

  it('names the item where it may be one of several', () => {
    expect(failed(new SessionDriver({ hosted }).ready())).toMatchObject([
      { message: expect.stringContaining('item_l') },
    ]);
  });

  it('is given for a connection that is being made too', () => {
    const session = new SessionDriver({ hosted });
    session.on({ type: 'session.start' });
    session.opened();
    session.server({ type: 'session.created', session: { id: 'sess_p' } });
    session.server({ type: 'conversation.item.added', previous_item_id: null, item });
    expect(failed(session)).toMatchObject([{ message: expect.stringMatching(/the server crm$/) }]);
  });

  it('is not given for one whose tools were listed', () => {
    const session = new SessionDriver({ hosted }).ready();
    session.server({ type: 'conversation.item.added', previous_item_id: null, item });
    expect(
      notices(session.server({ type: 'mcp_list_tools.completed', item_id: 'item_l' }), 'warning'),
    ).toEqual([]);
    expect(session.state.tools.listings).toEqual([]);
  });
});
