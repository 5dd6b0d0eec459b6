import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm, later, type Stage } from '../stage.ts';

interface Question {
  readonly text: string;
  readonly closingLength: number;
}

interface TalkingRun {
  readonly callId: string;
  readonly name: string;
  readonly agent: string;
}

/** What tools tell besides their results: how far they are, what they have, what it cost, and what is put to the application. */
export class ToolTalk {
  readonly #stage: Stage;
  readonly #random: Prng;
  /** Calls that the application is to answer. */
  readonly #clientCalls = new Set<string>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork('tool talk');
  }

  /** How a host asks about a call: some have nobody to ask, no question, or one that is too long. */
  manners(question: Question): {
    readonly approver: 'present' | 'absent';
    readonly question: Question | undefined;
  } {
    const odd = likelihood(this.#stage.profile, 'dialects', 0.1, 0.3);
    const approver = this.#random.chance(odd) ? 'absent' : 'present';
    if (!this.#random.chance(odd)) return { approver, question };
    const long = { ...question, text: question.text.padStart(600, 'So, ') };
    return { approver, question: this.#random.chance(0.5) ? long : undefined };
  }

  /** A tool begins. */
  begin(run: TalkingRun): void {
    const { profile } = this.#stage;
    if (this.#random.chance(likelihood(profile, 'reports', 0.5, 0.9))) this.#report(run);
    if (this.#random.chance(likelihood(profile, 'costs', 0.2, 0.4))) this.#spend(run);
    if (this.#random.chance(likelihood(profile, 'client_calls', 0.4, 0.8))) this.#putToClient(run);
  }

  /** A tool has ended; the session is not told of it yet. */
  end(callId: string, ending: 'answered' | 'cancelled'): void {
    if (!this.#clientCalls.delete(callId)) return;
    this.#stage.dispatch({ type: 'tool.client_settled', callId, ending });
    // An answer that comes twice, or after nobody waits for it.
    if (!this.#random.chance(0.3)) return;
    const again = this.#random.pick(['answered', 'cancelled'] as const);
    later(this.#stage, this.#random.int(0, 2_000), () =>
      this.#stage.dispatch({ type: 'tool.client_settled', callId, ending: again }),
    );
  }

  /** The process is gone: nobody waits for the application. */
  vanish(): void {
    this.#clientCalls.clear();
  }

  #putToClient({ callId, name, agent }: TalkingRun): void {
    this.#clientCalls.add(callId);
    const timeoutMs = this.#random.int(1_000, 9_000);
    this.#stage.dispatch({ type: 'tool.client_called', callId, name, agent, arguments: { n: 1 }, timeoutMs });
  }

  /** Some of it comes after the tool has ended. */
  #report({ callId }: TalkingRun): void {
    let delayMs = 0;
    const count = this.#random.int(1, 3);
    for (let at = 0; at < count; at++) {
      delayMs += this.#random.int(10, 2_500);
      const what = this.#random.pick(['progress', 'report', 'note'] as const);
      later(this.#stage, delayMs, () => {
        if (!isCalm(this.#stage)) this.#tell(callId, what, at);
      });
    }
  }

  #tell(callId: string, what: 'progress' | 'report' | 'note', at: number): void {
    const { dispatch } = this.#stage;
    const text = `${what} ${at} of ${callId}`;
    if (what === 'progress') dispatch({ type: 'tool.progress', callId, value: { text } });
    else if (what === 'report') dispatch({ type: 'tool.report', callId, outputText: text });
    else dispatch({ type: 'agent.note', callId, text });
  }

  #spend({ callId }: TalkingRun): void {
    const none = { text: 0, audio: 0, image: 0, other: 0 };
    const tokens = (text: number) => ({ input: { ...none, text }, cached: none, output: none });
    const usd = this.#random.chance(0.6) ? this.#random.int(1, 2) / 1_000 : undefined;
    const spent = this.#random.int(0, 60);
    later(this.#stage, this.#random.int(0, 900), () =>
      this.#stage.dispatch({
        type: 'tool.spent',
        callId,
        usage: {
          responses: tokens(spent),
          transcription: tokens(0),
          transcriptionSeconds: 0,
          connectedSeconds: 0,
          usd,
          unpricedTokens: usd === undefined ? spent : 0,
        },
      }),
    );
  }
}
