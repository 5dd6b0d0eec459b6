import { describe, expect, it } from 'vitest';
import { notices, SessionDriver, testTool } from './session-driver.ts';

/** A session with tools that pause, resume and allow a recording. */
function withTools(): SessionDriver {
  const tools = (['pause', 'resume', 'allow'] as const).map((recording) =>
    testTool(recording, { recording }),
  );
  return new SessionDriver({ tools: [...tools, testTool('other')] }).ready();
}

const failed = { status: 'failed', arguments: {}, output: null, outputText: 'null', elapsedMs: 1 } as const;

describe('a recording of the session', () => {
  it('runs, and nobody has agreed to it', () => {
    expect(new SessionDriver().state.recording).toEqual({ phase: 'running', allowedBy: undefined });
  });

  it('is paused and resumed by the application, once each', () => {
    const session = new SessionDriver().ready();
    const by = 'application';
    expect(notices(session.on({ type: 'recording.pause', by }), 'recording')).toEqual([
      { type: 'recording', change: 'paused', by },
    ]);
    expect(session.on({ type: 'recording.pause', by })).toEqual([]);
    expect(session.state.recording.phase).toBe('paused');
    expect(notices(session.on({ type: 'recording.resume', by }), 'recording')).toEqual([
      { type: 'recording', change: 'resumed', by },
    ]);
    expect(session.on({ type: 'recording.resume', by })).toEqual([]);
  });

  it('is allowed by the first who says so', () => {
    const session = new SessionDriver().ready();
    const first = session.on({ type: 'recording.allow', by: 'the caller' });
    expect(notices(first, 'recording')).toEqual([{ type: 'recording', change: 'allowed', by: 'the caller' }]);
    expect(session.on({ type: 'recording.allow', by: 'another' })).toEqual([]);
    expect(session.state.recording.allowedBy).toBe('the caller');
  });

  it('is paused when a call begins, and resumed when one has succeeded', () => {
    const session = withTools();
    session.created('resp_1');
    const begun = session.call('resp_1', 'call_1', 'pause');
    expect(notices(begun, 'recording')).toEqual([{ type: 'recording', change: 'paused', by: 'pause' }]);
    session.call('resp_1', 'call_2', 'other');
    session.call('resp_1', 'call_3', 'resume');
    session.call('resp_1', 'call_4', 'resume');
    expect(notices(session.settle('call_1'), 'recording')).toEqual([]);
    expect(notices(session.settle('call_2'), 'recording')).toEqual([]);
    const broken = session.on({ type: 'tool.settled', callId: 'call_3', outcome: failed });
    expect(notices(broken, 'recording')).toEqual([]);
    expect(session.state.recording.phase).toBe('paused');
    expect(notices(session.settle('call_4'), 'recording')).toEqual([
      { type: 'recording', change: 'resumed', by: 'resume' },
    ]);
  });

  it('is allowed by a tool that has succeeded', () => {
    const session = withTools();
    session.created('resp_1');
    expect(notices(session.call('resp_1', 'call_1', 'allow'), 'recording')).toEqual([]);
    expect(notices(session.settle('call_1'), 'recording')).toEqual([
      { type: 'recording', change: 'allowed', by: 'allow' },
    ]);
  });
});
