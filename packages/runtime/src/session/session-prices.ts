import { type AgentsFile, pricesOfModel, pricesOfProvider, type SessionSettings } from '@antiphon/core';

/** The settings with what the models cost, as far as the file says it, and what the session may cost. Pure. */
export function withPrices(settings: SessionSettings, file: AgentsFile): SessionSettings {
  const { agents } = file;
  const first = Object.hasOwn(agents, settings.agentName) ? agents[settings.agentName] : undefined;
  const usd = first?.limits.usd;
  return {
    ...settings,
    providers: settings.providers.map((choice) => {
      const prices = pricesOfProvider(file, choice.name);
      return prices === undefined ? choice : { ...choice, prices };
    }),
    agents: Object.fromEntries(
      Object.entries(settings.agents).map(([name, agent]) => {
        const transcriptionPrices = pricesOfModel(file, agent.session.audio?.input?.transcription?.model);
        return [name, transcriptionPrices === undefined ? agent : { ...agent, transcriptionPrices }];
      }),
    ),
    limits: usd === undefined ? settings.limits : { ...settings.limits, usd },
  };
}
