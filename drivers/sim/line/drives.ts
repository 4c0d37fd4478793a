import { DRIVE_SPEED, DRIVE_WATCHDOG_MS } from '../limits.ts';

export const sections = ['infeed', 'sorter', 'lanes'] as const;
export type Section = (typeof sections)[number];

/**
 * A frequency converter with its motor. The PLC releases it over a wire (safe torque off) and starts it over
 * another; Modbus can start and stop it too, and the last command counts.
 */
export interface Drive {
  readonly section: Section;
  runCommand: boolean;
  /** The PLC lets it turn. */
  released: boolean;
  /** Set speed, m/s. */
  setSpeed: number;
  /** m/s */
  actualSpeed: number;
  /** Cel */
  temperature: number;
  /** Silence on the bus after which it stops, ms wall; 0 turns the watchdog off. */
  watchdogMs: number;
  /** Last request over Modbus, ms of the cycle clock; null before the first: then there is nothing to lose. */
  heardAtMs: number | null;
  /** Tripped by silence; a start command clears it. */
  commsLost: boolean;
  turning: boolean;
}

export const createDrives = (): Drive[] =>
  sections.map((section) => ({
    section,
    runCommand: true,
    released: false,
    setSpeed: DRIVE_SPEED,
    actualSpeed: 0,
    temperature: 22,
    watchdogMs: DRIVE_WATCHDOG_MS,
    heardAtMs: null,
    commsLost: false,
    turning: false,
  }));
