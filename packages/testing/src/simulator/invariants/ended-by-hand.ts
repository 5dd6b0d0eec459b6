import type { ServerEvent, SessionState, UnknownServerEvent } from '@antiphon/core';
import type { Invariant } from './invariant.ts';

/** What a user ends by hand, or takes back, is told to the server. */
const commitsAreSent: Invariant = {
  id: 'R33',
  says: 'a turn that is ended by hand is committed at once where sound can flow, and one taken back is cleared',
  watch(_world, fail) {
    return {
      steps: ['user.commit', 'user.speech_dropped'],
      onStep({ event, before, effects }) {
        const { connection, lifecycle, userTurn, input } = before;
        if (connection.kind !== 'ready' || lifecycle.kind === 'closed') return;
        const sends = (type: string) =>
          effects.some((effect) => effect.type === 'transport.send' && effect.event.type === type);
        const isEnding = userTurn.kind === 'committing' && userTurn.commit === 'sent';
        const canEnd = isEnding || userTurn.kind === 'silent' || userTurn.kind === 'speaking';
        if (
          event.type === 'user.commit' &&
          canEnd &&
          input === 'flowing' &&
          !sends('input_audio_buffer.commit')
        )
          fail('the end of a turn is not told');
        const isSpeaking = userTurn.kind === 'speaking' && userTurn.holds !== 'due';
        if (event.type === 'user.speech_dropped' && isSpeaking && !sends('input_audio_buffer.clear'))
          fail('that a sound was no turn is not told');
      },
    };
  },
};

/** An answer is to what the user said, all of it. */
const commitsAreAwaited: Invariant = {
  id: 'R33b',
  says: 'while a turn that was ended by hand is on its way, nothing but one answer to it is asked for',
  watch(world, fail) {
    const told = new Set<string>();
    let out = 0;
    let asked = 0;
    return {
      steps: [
        'timer.fired',
        'source.route',
        'transport.send',
        'input_audio_buffer.speech_stopped',
        'input_audio_buffer.committed',
        'conversation.item.input_audio_transcription.completed',
        'response.done',
        'error',
      ],
      onStep({ event, effects }) {
        if (event.type === 'timer.fired' && event.timer === 'commit') out = 0;
        // A server that ends turns itself ends with this one all that was ended by hand of it.
        if (event.type === 'server.event' && event.event.type === 'input_audio_buffer.speech_stopped')
          out = 0;
        if (event.type === 'server.event' && !world.ledger.stale && endsCommit(event.event, told)) out--;
        out = Math.max(0, out);
        // An answer that came to nothing is asked for again.
        if (event.type === 'timer.fired' && event.timer.startsWith('response')) asked = 0;
        if (event.type === 'server.event' && ['response.done', 'error'].includes(event.event.type)) asked = 0;
        for (const effect of effects) {
          if (effect.type === 'source.route') out = 0;
          if (effect.type !== 'transport.send') continue;
          if (effect.event.type === 'input_audio_buffer.commit') {
            out++;
            asked = 0;
          }
          if (effect.event.type !== 'response.create') continue;
          asked++;
          const isByHand = world.ledger.agents[world.ledger.current.agent]?.turnTaking === 'manual';
          const isText = effect.event.response?.instructions !== undefined;
          if (out > 0 && (!isByHand || isText || asked > 1))
            fail(`${isText ? 'a text' : 'an answer'} is asked for, and ${out} turns are on their way`);
        }
      },
    };
  },
};

/** Whether the server has made an item of a turn, or says that there was none. */
function endsCommit(event: ServerEvent | UnknownServerEvent, told: Set<string>): boolean {
  switch (event.type) {
    case 'error':
      return event.error.code === 'input_audio_buffer_commit_empty';
    case 'input_audio_buffer.speech_stopped':
    case 'input_audio_buffer.committed':
    case 'conversation.item.input_audio_transcription.completed':
      return told.size < told.add(event.item_id).size;
    default:
      return false;
  }
}

/** A request that is held for turns of the user, as long as the server has not told of them. */
const requestsHoldWhatIsOut: Invariant = {
  id: 'R33c',
  says: 'what is owed for the sake of a turn that was committed is so as long as the server has not answered the commit',
  watch(_world, fail) {
    return {
      reads: ['userTurn', 'owed', 'response'],
      onStep({ state }) {
        const out = 'commits' in state.userTurn ? state.userTurn.commits : [];
        for (const commit of [...state.owed.map(commitOf), commitOf(requestWanted(state))]) {
          if (commit !== undefined && !out.includes(commit))
            fail(`an answer is held for ${commit}, which is answered or was lost`);
        }
      },
    };
  },
};

/** What was asked for right behind a commit is the answer to the turn, if there is one. */
const turnsAreAnsweredOnce: Invariant = {
  id: 'R33d',
  says: 'the answer behind a commit is the one to its turn, and nobody hears it when there was no turn',
  watch(world, fail) {
    return {
      steps: ['server.event'],
      onStep({ event, before, state, effects }) {
        if (world.ledger.stale) return;
        if (event.type !== 'server.event' || state.lifecycle.kind !== 'running') return;
        const isByHand = world.ledger.agents[world.ledger.current.agent]?.turnTaking === 'manual';
        if (!isByHand) return;
        const [first] = 'commits' in before.userTurn ? before.userTurn.commits : [];
        if (first === undefined || before.owed.some(({ kind }) => kind === 'answer')) return;
        const wasAsked = commitOf(requestWanted(before)) === first && before.response.kind !== 'retrying';
        if (event.event.type === 'input_audio_buffer.committed' && before.consent.kind === 'none') {
          if (before.confirmedTurns.includes(event.event.item_id)) return;
          const asks = effects.some(
            (effect) =>
              effect.type === 'transport.send' &&
              effect.event.type === 'response.create' &&
              effect.event.response?.metadata?.['antiphon.say'] === undefined,
          );
          const owes = asks || state.owed.some(({ kind }) => kind === 'answer');
          if (wasAsked && owes)
            fail(`the turn of ${first} was answered with its commit and is to be answered again`);
          const isPaid =
            wasAsked || before.answeredCommits.includes(first) || state.response.kind === 'awaited';
          if (!isPaid && !owes && requestWanted(state)?.kind !== 'answer')
            fail(`the turn of ${first} is not answered`);
        }
        const isRefused =
          event.event.type === 'error' && event.event.error.code === 'input_audio_buffer_commit_empty';
        const stillWanted = state.response.kind === 'requested' && state.response.fate === 'wanted';
        const refused = isRefused
          ? (event.event as { error: { event_id?: string } }).error.event_id
          : undefined;
        if (refused === first && wasAsked && before.response.kind === 'requested' && stillWanted)
          fail(`there was no turn in ${first}, and what was asked for behind it is still wanted`);
      },
    };
  },
};

function requestOf(response: SessionState['response']) {
  return 'request' in response ? response.request : undefined;
}

/** The request that is out or under way, where nothing has cut it. */
function requestWanted({ response }: SessionState) {
  const isCut = response.kind === 'cancelling' || ('fate' in response && response.fate === 'cut');
  return isCut ? undefined : requestOf(response);
}

function commitOf(request: SessionState['owed'][number] | undefined): string | undefined {
  return request?.kind === 'answer' ? request.commit : undefined;
}

export const endedByHandInvariants: readonly Invariant[] = [
  commitsAreSent,
  commitsAreAwaited,
  requestsHoldWhatIsOut,
  turnsAreAnsweredOnce,
];
