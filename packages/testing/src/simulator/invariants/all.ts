import { agentInvariants } from './agent.ts';
import { askedWholeInvariants } from './asked-whole.ts';
import { askingInvariants } from './asking.ts';
import { backgroundInvariants } from './background.ts';
import { callPhaseInvariants } from './call-phases.ts';
import { clientCallInvariants } from './client-calls.ts';
import { connectionInvariants } from './connections.ts';
import { consentDialogueInvariants } from './consent-dialogue.ts';
import { consentInvariants } from './consents.ts';
import { costInvariants } from './costs.ts';
import { crossingInvariants } from './crossings.ts';
import { cutSayInvariants } from './cut-says.ts';
import { cutInvariants } from './cuts.ts';
import { delayInvariants } from './delays.ts';
import { derivedInvariants } from './derived.ts';
import { dialledInvariants } from './dialled.ts';
import { endedByHandInvariants } from './ended-by-hand.ts';
import { endingInvariants } from './endings.ts';
import { errorInvariants } from './errors.ts';
import { giveUpInvariants } from './give-ups.ts';
import { goesOnInvariants } from './goes-on.ts';
import { historyInvariants } from './history.ts';
import type { Invariant } from './invariant.ts';
import { joinedCallInvariants } from './joined-calls.ts';
import { lifecycleInvariants } from './lifecycle.ts';
import { limitInvariants } from './limits.ts';
import { livenessInvariants } from './liveness.ts';
import { noticeInvariants } from './notices.ts';
import { ownWordInvariants } from './own-words.ts';
import { playoutInvariants } from './playout.ts';
import { recordInvariants } from './record.ts';
import { recordPlaceInvariants } from './record-places.ts';
import { recordTextInvariants } from './record-texts.ts';
import { recordingInvariants } from './recording.ts';
import { responseInvariants } from './responses.ts';
import { restInvariants } from './rest.ts';
import { resumedInvariants } from './resumed.ts';
import { retryInvariants } from './retries.ts';
import { sayInvariants } from './says.ts';
import { settingsInvariants } from './settings.ts';
import { settledStepInvariants } from './settled-steps.ts';
import { silenceInvariants } from './silence.ts';
import { spokenYesInvariants } from './spoken-yes.ts';
import { staleInvariants } from './stale-results.ts';
import { takenUpInvariants } from './taken-up.ts';
import { timerInvariants } from './timers.ts';
import { toldInvariants } from './told-as-it-is.ts';
import { toolInvariants } from './tools.ts';
import { turnCountInvariants } from './turn-counts.ts';
import { voiceInvariants } from './voices.ts';

/** Everything that is checked in every schedule. */
export const invariants: readonly Invariant[] = [
  ...responseInvariants,
  ...toolInvariants,
  ...staleInvariants,
  ...backgroundInvariants,
  ...clientCallInvariants,
  ...recordingInvariants,
  ...consentInvariants,
  ...playoutInvariants,
  ...connectionInvariants,
  ...lifecycleInvariants,
  ...timerInvariants,
  ...noticeInvariants,
  ...sayInvariants,
  ...silenceInvariants,
  ...historyInvariants,
  ...endedByHandInvariants,
  ...settingsInvariants,
  ...agentInvariants,
  ...limitInvariants,
  ...costInvariants,
  ...derivedInvariants,
  ...livenessInvariants,
  ...restInvariants,
  ...cutInvariants,
  ...cutSayInvariants,
  ...crossingInvariants,
  ...resumedInvariants,
  ...spokenYesInvariants,
  ...askingInvariants,
  ...askedWholeInvariants,
  ...retryInvariants,
  ...recordInvariants,
  ...delayInvariants,
  ...giveUpInvariants,
  ...takenUpInvariants,
  ...turnCountInvariants,
  ...ownWordInvariants,
  ...endingInvariants,
  ...errorInvariants,
  ...voiceInvariants,
  ...dialledInvariants,
  ...goesOnInvariants,
  ...consentDialogueInvariants,
  ...callPhaseInvariants,
  ...recordTextInvariants,
  ...recordPlaceInvariants,
  ...settledStepInvariants,
  ...joinedCallInvariants,
  ...toldInvariants,
];
