import { ModuleCode } from './module-code.ts';
import { takeOwner } from './owner-port.ts';
import { servePlugin } from './serve-plugin.ts';

const { setup, owner } = takeOwner<ConstructorParameters<typeof ModuleCode>[0]>();
servePlugin(new ModuleCode(setup), owner);
