import { describe, expect, it } from 'vitest';
import {
  announced,
  answering,
  asked,
  creates,
  ended,
  put,
  started,
  told,
  verdicts,
} from './hosted-driver.ts';
import { notices, type SessionDriver, sentEvents, testTool } from './session-driver.ts';

const server = (label: string) => ({
  type: 'mcp' as const,
  server_label: label,
  server_url: 'https://m.example',
});
const confirm = { by: 'app', ttlMs: 9_000 } as const;

/** A desk that hands over to sales; each has servers of its own, or none. */
function desk(ofDesk: readonly string[], ofSales: readonly string[], tool = 'other'): SessionDriver {
  const session = answering({
    handoffs: { transfer_to_sales: 'sales' },
    tools: [testTool('transfer_to_sales')],
    hosted: Object.fromEntries(ofDesk.map((label) => [label, { confirm }])),
    session: { type: 'realtime', tools: ofDesk.map(server) },
  });
  const { settings } = session.state;
  const sales = {
    ...settings.agents['concierge'],
    handoffs: {},
    tools: [testTool(tool)],
    hosted: Object.fromEntries(ofSales.map((label) => [label, { confirm }])),
    session: { type: 'realtime', tools: ofSales.map(server) },
  };
  session.state = {
    ...session.state,
    settings: { ...settings, agents: { ...settings.agents, sales: sales as never } },
  };
  return session;
}

const handsOver = (session: SessionDriver) => session.call('resp_1', 'call_t', 'transfer_to_sales');

describe('a handoff that changes the servers which the provider reaches', () => {
  it.each([
    ['others', ['crm']],
    ['none', []],
  ])('declares %s over the same connection', (_, labels) => {
    const session = desk(['docs'], labels);
    const effects = handsOver(session);
    expect(notices(effects, 'agent_changed')).toMatchObject([{ agent: 'sales' }]);
    expect(sentEvents(effects, 'session.update')).toEqual([
      expect.objectContaining({ session: expect.objectContaining({ tools: labels.map(server) }) }),
    ]);
  });

  it('leaves a call that is under way to end, and is followed by one answer', () => {
    const session = desk(['docs'], []);
    announced(session);
    started(session);
    handsOver(session);
    expect(creates(session.done('resp_1'))).toEqual([]);
    ended(session);
    const over = told(session);
    expect(notices(over, 'tool_settled')).toMatchObject([
      { server: 'docs', outcome: { status: 'completed' } },
    ]);
    session.server({ type: 'session.updated', session: {} });
    expect(creates(over)).toHaveLength(1);
  });

  it('leaves a request to those who are asked by the agent that made it, whatever function the other has', () => {
    const session = desk(['docs'], [], 'search');
    handsOver(session);
    asked(session);
    expect(notices(put(session), 'approval_requested')).toMatchObject([
      { server: 'docs', agent: 'concierge' },
    ]);
  });

  it('is followed by requests of the other agent, also where the server takes settings without a word', () => {
    const session = desk([], ['docs']);
    handsOver(session);
    session.done('resp_1');
    session.created('resp_2');
    expect(verdicts(asked(session))).toEqual([]);
    expect(notices(put(session), 'approval_requested')).toMatchObject([{ server: 'docs', agent: 'sales' }]);
  });
});
