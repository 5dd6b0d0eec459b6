import type { ErrorRow } from '../error-row.ts';

const refused = { retryable: false, exitCode: 2 } as const;

/** Errors of the agent file. `place` is a path in it such as `agents.concierge.tools[2]`. */
export const configErrors = {
  'config.invalid': {
    message: '{file} has {count} problem(s)',
    hint: 'Mend the places named above, then run "antiphon check {file}".',
    ...refused,
  },
  'config.confirm_unavailable': {
    message: 'agent "{agent}" cannot ask the user to confirm {tools}: {reason}, so their calls are refused',
    hint: '{advice}',
    ...refused,
  },
  'config.say_incomplete': {
    message:
      'the question of tool "{tool}" leaves out {parameters}: the user agrees to what was not read to them',
    hint: 'Put {slot} into "say", or leave "say" out: then all arguments are read.',
    ...refused,
  },
  'config.background_silent': {
    message:
      'tool "{tool}" runs in the background and its result is never spoken about: the user is told of its start alone',
    hint: 'Remove reply, or set it to when_idle or now. A tool whose result nobody waits for needs no background.',
    ...refused,
  },
  'config.phase_unanswered': {
    message:
      '{phase} of agent "{agent}" calls "{tool}", which only an application answers, and there is none then',
    hint: 'Call a tool of another kind, or call it in the conversation.',
    ...refused,
  },
  'config.setting_not_honoured': {
    message: '{setting} has no effect with {providers}',
    hint: 'Remove it, or use a provider that honours it: the table in docs/agents-yaml.md says which.',
    ...refused,
  },
  'config.transcription_deployment': {
    message:
      'agent "{agent}" names no transcription model, and provider "{provider}" wants the name of a deployment: "{model}" is tried',
    hint: 'Name a deployment of the resource under transcription.model, or write "transcription: null".',
    ...refused,
  },
  'config.forced_tool_missing': {
    message: 'agent "{agent}" is to call "{name}", which is not among its tools: {available}',
    hint: 'Add it under tools of the agent, or name one of those.',
    ...refused,
  },
  'config.handoff_keeps': {
    message: '{setting} does not hold in conversations that were begun by {starters} and handed over',
    hint: 'A conversation keeps what its first agent has here: give that one the same, or know that it differs.',
    ...refused,
  },
  'config.no_price': {
    message: '{place} has no effect on provider "{provider}": nothing is known of what it costs',
    hint: 'Add its prices to the file: {example}',
    ...refused,
  },
  'config.file_not_found': {
    message: 'there is no file {file}',
    hint: 'Name another with --config FILE, write one, or let a hosted model answer without one: --provider openai.',
    ...refused,
  },
  'config.read_failed': {
    message: 'could not read {file}: {reason}',
    hint: 'Check that it is a file and that you may read it.',
    ...refused,
  },
  'config.too_large': {
    message: 'the file has {byte_length} bytes, over the limit of {max_bytes}',
    hint: 'Move long texts and data out of the agent file.',
    ...refused,
  },
  'config.too_deep': {
    message: 'the file is nested more than {max_depth} levels deep here',
    hint: 'Flatten it: nothing in an agent file needs that depth.',
    ...refused,
  },
  'config.too_many_nodes': {
    message: 'the file holds more than {limit}',
    hint: 'Split the file, or move data out of it.',
    ...refused,
  },
  'config.too_many_aliases': {
    message: 'the file uses more than {max_aliases} aliases (*name)',
    hint: 'Write the values out, or use fewer aliases.',
    ...refused,
  },
  'config.syntax': {
    message: 'not valid YAML: {reason}',
    hint: '{advice}',
    ...refused,
  },
  'config.more_syntax': {
    message: 'there are more syntax errors than the {max_errors} shown',
    hint: 'Mend the first ones, then check again.',
    ...refused,
  },
  'config.more_problems': {
    message: 'only the first {max_problems} of {count} problems are shown',
    hint: 'Mend the first ones, then check again.',
    ...refused,
  },
  'config.multiple_documents': {
    message: 'a second YAML document starts here; an agent file is one document',
    hint: 'Remove the --- line, or move what follows into its own file.',
    ...refused,
  },
  'config.unknown_tag': {
    message: 'the tag {tag} is not supported',
    hint: 'Remove the tag; quote the value if it should start with "!".',
    ...refused,
  },
  'config.bad_alias': {
    message: 'the alias *{name} {reason}',
    hint: 'Define it above with &{name}, or quote the text if it should start with "*".',
    ...refused,
  },
  'config.bad_merge': {
    message: 'the merge key << needs a mapping, or a list of mappings',
    hint: 'Give an alias of a mapping, for example <<: *defaults, or quote the key.',
    ...refused,
  },
  'config.duplicate_key': {
    message: 'the key "{key}" is given twice; the first is in line {first_line}',
    hint: 'Remove or rename one of the two.',
    ...refused,
  },
  'config.forbidden_key': {
    message: 'the key "{key}" is not allowed',
    hint: 'Choose another name.',
    ...refused,
  },
  'config.bad_key': {
    message: 'a key must be a text, got {got}',
    hint: 'Write a plain name before the colon; quote a value that starts with a brace or bracket.',
    ...refused,
  },
  'config.bad_number': {
    message: '{got} is not a number that JSON can carry',
    hint: 'Write an ordinary number, or quote the value to make it a text.',
    ...refused,
  },
  'config.unknown_key': {
    message: 'unknown key "{key}" in {place}',
    hint: '{advice}',
    ...refused,
  },
  'config.missing_key': {
    message: '{place} needs the key "{key}"',
    hint: 'Add the key "{key}": {example}.',
    ...refused,
  },
  'config.wrong_type': {
    message: '{place} must be {expected}, got {got}',
    hint: '{advice}',
    ...refused,
  },
  'config.wrong_value': {
    message: '{place} is {got}, expected {expected}',
    hint: '{advice}',
    ...refused,
  },
  'config.bad_name': {
    message: '"{name}" cannot be a name in {place}: {reason}',
    hint: 'Use letters, digits, _ and - only.',
    ...refused,
  },
  'config.bad_variable': {
    message: 'malformed variable {text}: {reason}',
    hint: 'Write $VAR in braces, with :-default or :?message after the name; $$ before the brace keeps it as text.',
    ...refused,
  },
  'config.missing_variable': {
    message: 'the environment variable {name} is not set{reason}',
    hint: 'Set {name} in the environment or in .env, or give a default: {example}',
    ...refused,
  },
  'config.missing_provider_variables': {
    message: 'the built-in provider "{name}" reads from the environment what is not set: {variables}',
    hint: 'Set it in the environment or in .env, or declare "{name}" under providers.',
    ...refused,
  },
  'config.two_credentials': {
    message: '{place} has both {first} and {second}',
    hint: 'Keep the one that is to be used, and remove the other.',
    ...refused,
  },
  'config.unresolved_part': {
    message: '{place} is left out: the environment variable {name} is not set',
    hint: 'Set {name} in the environment or in .env before {place} is used.',
    ...refused,
  },
  'config.secret_in_prompt': {
    message: '{place} holds the value of the environment variable {name}, which the model may read out',
    hint: 'Write the text itself if it is no secret; keep keys and passwords out of what the model reads.',
    ...refused,
  },
  'config.no_agents': {
    message: 'the file declares no agent',
    hint: 'Add an entry under agents, with instructions.',
    ...refused,
  },
  'config.unknown_agent': {
    message: 'there is no agent "{name}"; the agents are: {available}',
    hint: '{advice}',
    ...refused,
  },
  'config.agent_recursion': {
    message: 'the tool "{tool}" asks the agent "{agent}", which comes back to itself: {way}',
    hint: 'Take one of the tools on that way from its agent.',
    ...refused,
  },
  'config.handoff_to_self': {
    message: 'the agent "{name}" hands over to itself',
    hint: 'Remove it from its own handoffs.',
    ...refused,
  },
  'config.unknown_provider': {
    message: 'there is no provider "{name}"; the providers are: {available}',
    hint: '{advice}',
    ...refused,
  },
  'config.unknown_tool': {
    message: 'the agent "{agent}" names the tool "{name}", which neither the file nor a plugin declares',
    hint: '{advice}',
    ...refused,
  },
  'config.unknown_server': {
    message: 'the tool_choice of the agent "{agent}" names the server "{label}", which its tools do not name',
    hint: '{advice}',
    ...refused,
  },
  'config.server_twice': {
    message:
      'the agent "{agent}" names two servers "{label}", and the provider tells them apart by that label',
    hint: 'Give one of them another server_label, or remove it.',
    ...refused,
  },
  'config.unknown_parameter': {
    message: '{place} names the parameter "{name}", which the tool does not have',
    hint: '{advice}',
    ...refused,
  },
  'config.second_kind': {
    message: '{place} has both {first} and {second}, and a tool does one thing',
    hint: 'Keep one of them, and make a tool of its own of the other.',
    ...refused,
  },
  'config.bad_template': {
    message: 'malformed template in {place}: {reason}',
    hint: 'Write slots as {example}.',
    ...refused,
  },
  'config.bad_pattern': {
    message: 'malformed pattern in {place}: {reason}',
    hint: 'Patterns hold words, alternatives (a|b), optional [words] and slots: {example}',
    ...refused,
  },
  'config.bad_url': {
    message: '{place} is not an address that can be used: {reason}',
    hint: 'Write it in full, for example {example}',
    ...refused,
  },
} as const satisfies Record<string, ErrorRow>;
