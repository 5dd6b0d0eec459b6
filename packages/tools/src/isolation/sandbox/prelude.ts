/**
 * What code in a sandbox finds there, itself code of the sandbox: the kit of plugins, modules, timers, `fetch`, `console`.
 * It evaluates to a function of the one function that leads out, `host(operation, json)`, and of the loader of modules.
 * What the plugin does to its own globals harms nobody else: each call has a sandbox of its own.
 */
export const prelude = String.raw`(function (host, load) {
  'use strict';
  const { parse, stringify } = JSON;
  const brand = Symbol('antiphon');
  const send = (operation, value) => host(operation, stringify(value === undefined ? null : value) ?? 'null');

  class ToolError extends Error {
    constructor(message, options = {}) {
      super(message);
      this.name = 'ToolError';
      this.code = options.code ?? 'tool.failed';
      this.data = options.data;
      this.retryAfterMs = options.retryAfterMs;
      this.hint = options.hint;
      this[brand] = 'error';
    }
  }
  const is = (kind) => (value) => typeof value === 'object' && value !== null && value[brand] === kind;
  const kit = {
    ToolError,
    defineTool: (options) => ({ ...options, [brand]: 'tool' }),
    definePlugin: (options) => ({ ...options, [brand]: 'plugin' }),
    toolResult: ({ model, ui }) => ({ model, ui, [brand]: 'result' }),
    isTool: is('tool'),
    isToolResult: is('result'),
    isPlugin: is('plugin'),
    isToolError: is('error'),
  };

  const modules = new Map();
  const requireFrom = (from) => (specifier) => {
    if (specifier === '@antiphon/tools') return kit;
    const path = host('resolve', stringify({ specifier: String(specifier), from }));
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    load(path)(module.exports, requireFrom(path), module);
    return module.exports;
  };

  const newSignal = () => {
    const listeners = new Set();
    const signal = {
      aborted: false,
      reason: undefined,
      onabort: null,
      addEventListener: (type, listener) => void (type === 'abort' && listeners.add(listener)),
      removeEventListener: (type, listener) => void listeners.delete(listener),
      throwIfAborted() {
        if (signal.aborted) throw signal.reason;
      },
    };
    const abort = (name, message) => {
      if (signal.aborted) return;
      signal.aborted = true;
      signal.reason = Object.assign(new Error(message), { name });
      for (const listener of [signal.onabort, ...listeners]) {
        if (typeof listener === 'function') listener({ type: 'abort', target: signal });
        else if (typeof listener?.handleEvent === 'function') listener.handleEvent({ type: 'abort' });
      }
    };
    return { signal, abort };
  };

  const awaited = new Map();
  let lastId = 0;
  const begin = (operation, value, then) => {
    lastId += 1;
    awaited.set(lastId, then);
    send(operation, { ...value, id: lastId });
    return lastId;
  };
  globalThis.setTimeout = (run, delayMs = 0, ...values) =>
    begin('timer', { delayMs: Number(delayMs) || 0 }, () => run(...values));
  globalThis.clearTimeout = (id) => void (awaited.delete(id) && send('forget', { id }));
  globalThis.fetch = (url, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const request = { url: String(url), method: String(method), headers: { ...headers }, body };
      begin('fetch', request, (answer) => {
        if (answer.error !== undefined) return reject(new ToolError(answer.error, { code: answer.code, hint: answer.hint }));
        const { status, contentType, text } = answer;
        resolve({
          status,
          ok: status >= 200 && status < 300,
          headers: { get: (name) => (String(name).toLowerCase() === 'content-type' ? contentType : null) },
          text: async () => text,
          json: async () => parse(text),
        });
      });
    });
  const words = (values) => values.map((value) => (typeof value === 'string' ? value : (stringify(value) ?? String(value)))).join(' ');
  const logAt = (level) => (message, data) => send('log', { level, message: String(message), data: data ?? {} });
  const log = { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
  globalThis.console = {
    debug: (...values) => log.debug(words(values)),
    log: (...values) => log.info(words(values)),
    info: (...values) => log.info(words(values)),
    warn: (...values) => log.warn(words(values)),
    error: (...values) => log.error(words(values)),
  };

  const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'an array' : 'the ' + typeof value);
  const readPlugin = () => {
    const exported = requireFrom('')('entry');
    const value = exported?.default?.default ?? exported?.default;
    if (value === undefined) return { kind: 'missing' };
    if (kit.isPlugin(value)) return { kind: 'plugin', plugin: value };
    const tools = Array.isArray(value) ? value : [value];
    if (tools.length === 0 || !tools.every(kit.isTool)) return { kind: 'wrong', found: kindOf(value) };
    return { kind: 'plugin', plugin: { setup: (context) => tools.forEach((tool) => context.tool(tool)) } };
  };
  const schemaOf = (schema) => {
    const standard = schema?.['~standard'];
    if (standard === undefined) return { kind: 'schema', jsonSchema: schema ?? {} };
    const jsonSchema = standard.jsonSchema?.input?.({ target: 'draft-07' });
    if (jsonSchema !== undefined) return { kind: 'schema', jsonSchema };
    return { kind: 'unusable', reason: 'the schema library "' + standard.vendor + '" gives no JSON Schema; in a sandbox write it as JSON Schema' };
  };
  const parsed = async (schema, value) => {
    const standard = schema?.['~standard'];
    if (standard === undefined) return value;
    const result = await standard.validate(value);
    if (result.issues === undefined) return result.value;
    throw new ToolError(result.issues.map(({ message }) => message).join('; '), { code: 'tool.arguments_invalid' });
  };
  const setUp = async (config) => {
    const read = readPlugin();
    if (read.kind !== 'plugin') throw new Error('the file has no plugin any more');
    const added = { tools: [], guards: [] };
    const unavailable = (name) => () => {
      throw new Error('ctx.' + name + '() is not available in a sandbox, where nothing outlives a call');
    };
    await read.plugin.setup(
      {
        log,
        tool: (tool) => {
          if (!kit.isTool(tool)) throw new TypeError('ctx.tool() takes the result of defineTool()');
          added.tools.push(tool);
        },
        guard: (guard) => void added.guards.push(guard),
        observe: unavailable('observe'),
        onClose: unavailable('onClose'),
        onSessionStart: unavailable('onSessionStart'),
        onSessionEnd: unavailable('onSessionEnd'),
        health: unavailable('health'),
      },
      await parsed(read.plugin.config, config),
    );
    return added;
  };
  const describeTool = ({ name, description, input, execute, ...settings }) => ({
    name,
    description,
    settings,
    schema: schemaOf(input),
    runs: typeof execute === 'function',
  });

  const main = newSignal();
  const operations = {
    async describe() {
      const read = readPlugin();
      if (read.kind !== 'plugin') return read;
      const { name, config } = read.plugin;
      return { kind: 'plugin', name, ...(config !== undefined && { config: schemaOf(config) }) };
    },
    async setUp({ config }) {
      const { tools, guards } = await setUp(config);
      return { tools: tools.map(describeTool), guards: guards.map(({ name, on }) => ({ name, on })), observes: [] };
    },
    async call({ config, tool: name, values, session, call }) {
      const { tools } = await setUp(config);
      const tool = tools.find((candidate) => candidate.name === name);
      if (tool === undefined) throw new Error('the plugin has no tool "' + name + '" now');
      const context = {
        signal: main.signal,
        session: {
          ...session,
          signal: main.signal,
          callControl: undefined,
          end: (reason) => void send('end', String(reason)),
          note: (text) => void send('note', String(text)),
        },
        call,
        log,
        progress: (value) => void send('progress', value),
        report: (value) => void send('report', value),
        say: (text) => void send('say', String(text)),
      };
      const result = await tool.execute(await parsed(tool.input, values), context);
      return kit.isToolResult(result) ? { $antiphon_tool_result: { model: result.model, ui: result.ui } } : result;
    },
    async guard({ config, name, text, final }) {
      const { guards } = await setUp(config);
      const guard = guards.find((candidate) => candidate.name === name);
      return guard?.check(text, { final, signal: main.signal });
    },
  };
  const pack = (thrown) => {
    try {
      if (kit.isToolError(thrown)) {
        const { message, code, data, retryAfterMs, hint } = thrown;
        return { kind: 'tool_error', message: String(message), code: String(code), data, retryAfterMs, hint };
      }
      // The interpreter throws null when it has no memory left, not even for an error.
      if (thrown === null) return { kind: 'thrown', name: 'Error', message: 'null was thrown, or the memory was full', stack: '' };
      if (!(thrown instanceof Error)) return { kind: 'thrown', name: 'Error', message: 'thrown without an Error: ' + String(thrown), stack: '' };
      const { name, message, stack } = thrown;
      return { kind: 'thrown', name: String(name), message: String(message), stack: name + ': ' + message + '\n' + stack };
    } catch {
      return { kind: 'thrown', name: 'Error', message: 'something that cannot be read was thrown', stack: '' };
    }
  };
  // What the code itself throws there is its own affair, and not told to a model.
  const ownWords = /^(circular reference|out of memory|.*serialize a BigInt.*)$/;
  const problemOf = (error) => {
    try {
      return ownWords.test(error.message) ? String(error.message) : 'reading it threw an error';
    } catch {
      return 'reading it threw an error';
    }
  };
  const finish = (value) => {
    let json;
    try {
      json = stringify(value === undefined ? null : value);
    } catch (error) {
      return send('invalid', problemOf(error));
    }
    if (json === undefined) send('invalid', 'result is ' + kindOf(value));
    else host('done', json);
  };
  const fail = (thrown) => {
    try {
      send('failed', pack(thrown));
    } catch {
      send('failed', pack(new Error('what was thrown cannot be written as JSON')));
    }
  };
  return {
    run: (operation, json) => void operations[operation](parse(json)).then(finish, fail),
    fire: (id, json) => {
      const then = awaited.get(id);
      awaited.delete(id);
      then?.(parse(json));
    },
    abort: (name, message) => main.abort(name, message),
  };
})`;
