import type { SessionSettings } from '@antiphon/core';
import { withConsents } from './draw-consents.ts';
import { onCall } from './draw-joined.ts';
import { withLater, withWritten } from './draw-later.ts';
import { drawSettings } from './draw-settings.ts';
import { Prng } from './prng.ts';
import type { Profile } from './profile.ts';

/** The settings of the session of a schedule: the same for the same seed and profile. */
export function settingsOfSchedule(seed: number, profile: Profile): SessionSettings {
  const random = new Prng(seed).fork('schedule');
  const drawn = drawSettings(random.fork('settings'), profile, seed);
  const consenting = withConsents(drawn, random.fork('consents'), profile);
  const later = withLater(consenting, random.fork('later'), profile);
  const written = withWritten(later, random.fork('written'), profile);
  return profile.levels.joined_calls === 'off' ? written : onCall(written);
}
