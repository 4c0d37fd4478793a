export { addressProblem } from './address-problem.ts';
export { createDriverHost, type DriverHost, type DriverHostOptions } from './host.ts';
