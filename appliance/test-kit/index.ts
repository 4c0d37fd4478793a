import { orchestratorStoreModules } from '../../local-orchestrator/index.ts';
import {
  siteCrashPoints,
  startTestSite as startOn,
  type TestSite,
  type TestSiteOptions,
} from '../../local-orchestrator/test-kit/index.ts';
import { localCrashPoints, openLocalDisk } from '../store/index.ts';

export * from '../../local-orchestrator/test-kit/index.ts';

/** Every place where a test can let the power go. */
export const crashPoints = [...localCrashPoints, ...siteCrashPoints] as const;

/** A site in memory with the real store below it. Close it, or let `using` do so. */
export const startTestSite = (options: TestSiteOptions = {}): Promise<TestSite> =>
  startOn(openLocalDisk(orchestratorStoreModules), options);
