export { createFakeClock, type FakeClock } from '../../local-orchestrator/test-kit/fake-clock.ts';
