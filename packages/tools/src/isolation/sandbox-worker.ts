import { takeOwner } from './owner-port.ts';
import { SandboxCode, type SandboxOptions } from './sandbox/sandbox-code.ts';
import { servePlugin } from './serve-plugin.ts';

const { setup, owner } = takeOwner<SandboxOptions>();
servePlugin(new SandboxCode(setup), owner);
