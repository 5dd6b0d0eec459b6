/** The agent file of the design, with every part it shows. */
export const sampleFile = `version: 1
default_agent: concierge
providers:
  local:  { type: local }
  openai: { type: openai, model: gpt-realtime, api_key: "\${OPENAI_API_KEY}" }
  azure:  { type: azure, endpoint: "\${AZURE_OPENAI_ENDPOINT}", deployment: my-realtime, api_key: "\${AZURE_OPENAI_API_KEY}" }
  preview: { type: azure, endpoint: "…", deployment: gpt-4o-realtime-preview, api_version: 2024-10-01-preview, api_key: "…" }
  mine:   { type: openai, base_url: "ws://127.0.0.1:9000/v1", model: any, api_key: none }
plugins:
  - "@antiphon/tools/clock"
  - ./plugins/weather.ts
  - { use: ./plugins/crm.ts, config: { url: "\${CRM_URL}" } }
  - { mcp: { command: npx, args: [some-mcp-server] }, tools: [search], prefix: docs_ }
tools:
  get_weather:
    description: Current weather in a city
    parameters: { city: { type: string, description: City name } }
    http: { method: GET, url: "https://api.example.com/weather", query: { q: "{{city}}" } }
    timeout_ms: 5000
    on_interrupt: keep
    filler: { after_ms: 1200, say: One moment. }
    start: now
    reply: now
    confirm: none
    idempotent_by: [city]
    effects: none
    intents:
      - { match: ["(what is|what's|how is) the weather in {city}"], reply: "It is {{result.temperature_c}} degrees in {{city}}." }
agents:
  concierge:
    provider: "\${ANTIPHON_PROVIDER:-local}"
    instructions: |
      You are the concierge of the house.
    voice: marin
    output_modalities: [audio]
    turn_detection: { type: server_vad, threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 }
    tools: [get_weather, current_time, "docs_*"]
    tool_choice: auto
    handoffs: [billing]
    greeting: { say: "Hello, how can I help?", protected: true }
    idle: { after_ms: 8000, say: "Are you still there?", times: 2, then: close }
    limits: { session_minutes: 30, tool_calls: 50, tokens: 200000, usd: 1.00, wrap_up: "We have to stop here." }
  billing:
    instructions: You handle bills.
`;
