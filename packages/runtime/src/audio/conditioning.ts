import {
  AutomaticGain,
  type ConditioningStage,
  HighPass,
  InputConditioner,
  NoiseSuppressor,
} from '@antiphon/audio';
import type { Rnnoise } from '@antiphon/audio/rnnoise';
import type { AgentConfig, AudioConditioner } from '@antiphon/core';

/** Whether any of the agents takes noise away by RNNoise. */
export function wantsRnnoise(agents: readonly AgentConfig[]): boolean {
  return agents.some((agent) => agent.input_conditioning?.noise_suppression === 'rnnoise');
}

/**
 * What an agent does to the sound of the user, in the order in which each stage helps the next: rumble goes first, and
 * what is left of the noise is not raised. Undefined for an agent that leaves it as it is.
 *
 * @param rnnoise loaded where {@link wantsRnnoise} says so.
 */
export function conditionerOf(
  { input_conditioning: wanted }: AgentConfig,
  sampleRateHz: number,
  rnnoise: Rnnoise | undefined,
): AudioConditioner | undefined {
  if (wanted === undefined) return undefined;
  const { high_pass_hz: cutoffHz, noise_suppression: suppression, automatic_gain: gain } = wanted;
  const stages: ConditioningStage[] = [];
  if (cutoffHz !== undefined) stages.push(new HighPass({ sampleRateHz, cutoffHz }));
  if (suppression === 'rnnoise' && rnnoise) stages.push(new NoiseSuppressor(rnnoise.open(), sampleRateHz));
  if (gain !== false) stages.push(new AutomaticGain({ sampleRateHz, ...(gain !== true && gainOf(gain)) }));
  return stages.length === 0 ? undefined : new InputConditioner(stages);
}

function gainOf(gain: { readonly target_dbfs: number; readonly max_gain_db: number }) {
  return { targetDbfs: gain.target_dbfs, maxGainDb: gain.max_gain_db };
}
