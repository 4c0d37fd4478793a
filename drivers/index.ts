export { createDriverHost, type DriverHost, type DriverHostOptions } from './host.ts';
