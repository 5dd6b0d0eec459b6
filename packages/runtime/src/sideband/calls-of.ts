import { AntiphonError, type RemoteCalls } from '@antiphon/core';
import type { ProviderPool } from '../providers/provider-pool.ts';

/** The calls of a provider. @throws AntiphonError `call.unsupported`, `provider.unknown` */
export async function callsOf(providers: Pick<ProviderPool, 'get'>, name: string): Promise<RemoteCalls> {
  const { calls } = await providers.get(name);
  if (calls === undefined) throw new AntiphonError('call.unsupported', { name });
  return calls;
}
