import { notices, SessionDriver, type SettingsChange, sentEvents } from './session-driver.ts';

export const call = { type: 'mcp_call', server_label: 'docs', name: 'search' } as const;
const request = { type: 'mcp_approval_request', server_label: 'docs', name: 'search' } as const;

/** A session whose provider answers a turn. */
export function answering(changes: SettingsChange = {}): SessionDriver {
  const session = new SessionDriver(changes).ready();
  session.spoken('item_u');
  session.created('resp_1');
  return session;
}

export function announced(session: SessionDriver, id = 'item_m', responseId = 'resp_1'): void {
  const item = { ...call, id, status: 'in_progress', arguments: '' };
  session.server({ type: 'response.output_item.added', response_id: responseId, output_index: 0, item });
  session.server({ type: 'conversation.item.added', item, previous_item_id: 'item_u' });
  session.server({
    type: 'response.mcp_call_arguments.done',
    response_id: responseId,
    item_id: id,
    output_index: 0,
    arguments: '{"q":1}',
  });
}

export function started(session: SessionDriver, id = 'item_m') {
  return session.server({ type: 'response.mcp_call.in_progress', item_id: id, output_index: 0 });
}

export function ended(session: SessionDriver, how: 'completed' | 'failed' = 'completed', id = 'item_m') {
  return session.server({ type: `response.mcp_call.${how}`, item_id: id, output_index: 0 });
}

export function told(session: SessionDriver, more: object = { output: '{"hits":3}' }, id = 'item_m') {
  const item = { ...call, id, status: 'completed', arguments: '{"q":1}', output: null, error: null, ...more };
  return session.server({ type: 'conversation.item.done', item, previous_item_id: 'item_u' });
}

/** A session whose provider makes a call. */
export function calling(): SessionDriver {
  const session = answering();
  announced(session);
  started(session);
  return session;
}

/** The response of the call begins to speak. */
export function speaks(session: SessionDriver) {
  return session.server({
    type: 'response.output_item.added',
    response_id: 'resp_1',
    output_index: 1,
    item: { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
  });
}

export const creates = (effects: Parameters<typeof sentEvents>[0]) => sentEvents(effects, 'response.create');

export const asked = (session: SessionDriver) => {
  const item = { ...request, id: 'item_q', status: 'completed', arguments: '{"q":1}' };
  const effects = session.server({
    type: 'response.output_item.done',
    response_id: 'resp_1',
    output_index: 0,
    item,
  });
  session.server({ type: 'conversation.item.done', item, previous_item_id: 'item_u' });
  return effects;
};
export const approvable: SettingsChange = { hosted: { docs: { confirm: { by: 'app', ttlMs: 9_000 } } } };
export const put = (session: SessionDriver) =>
  session.on({
    type: 'tool.checked',
    callId: 'item_q',
    check: { kind: 'sound', arguments: { q: 1 } },
    approver: 'present',
  });
export const verdicts = (effects: Parameters<typeof sentEvents>[0]) =>
  sentEvents(effects, 'conversation.item.create').map((event) => event['item']);

/** The application answers what it was asked. */
export function answered(session: SessionDriver, verdict: 'approved' | 'rejected' = 'approved') {
  const [notice] = notices(put(session), 'approval_requested');
  return (then: () => void = () => {}) => {
    then();
    const { approvalId } = notice as { approvalId: string };
    return session.on({ type: 'approval.given', approvalId, verdict });
  };
}
