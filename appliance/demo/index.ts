export { type DemoOptions, type RunningDemo, startDemo } from './launch.ts';
