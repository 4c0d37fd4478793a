import { DRIVE_SPEED_MAX } from '../limits.ts';
import { startDrive } from '../line/drive-motion.ts';
import type { Drive } from '../line/drives.ts';
import type { World } from '../world.ts';
import type { RegisterMap } from './modbus-frame.ts';

/** Registers of drive d begin at 10 × d: infeed 0, sorter 10, lanes 20. */
const DRIVE_STRIDE = 10;
/** Stack lights: four lamps each, red, amber, green, blue. The line's begin at 100, the robot area's at 110. */
export const LIGHTS_AT = [100, 110] as const;
export const LAMPS = ['red', 'amber', 'green', 'blue'] as const;
/** Lamps by address: 0 off, 1 on, 2 blinking. */
export type Lights = Map<number, number>;

export const createLights = (): Lights =>
  new Map(LIGHTS_AT.flatMap((start) => LAMPS.map((_, lamp): [number, number] => [start + lamp, 0])));

/** The drives and stack lights as a Modbus slave shows them; the table stands in README.md. */
export function createRegisterMap(world: World, lights: Lights): RegisterMap {
  const driveAt = (address: number): { drive: Drive | undefined; word: number } => ({
    drive: world.drives[Math.floor(address / DRIVE_STRIDE)],
    word: address % DRIVE_STRIDE,
  });
  return {
    coil(address) {
      const lamp = lights.get(address);
      if (lamp !== undefined) return lamp !== 0;
      const { drive, word } = driveAt(address);
      return word === 0 ? drive?.runCommand : undefined;
    },
    discrete(address) {
      const { drive, word } = driveAt(address);
      if (drive === undefined) return undefined;
      // A tripped watchdog is the only fault these drives have.
      return [drive.turning, drive.commsLost, drive.commsLost, drive.released][word];
    },
    holding(address) {
      const lamp = lights.get(address);
      if (lamp !== undefined) return lamp;
      const { drive, word } = driveAt(address);
      if (drive === undefined) return undefined;
      return [Math.round(drive.setSpeed * 1000), drive.watchdogMs][word];
    },
    input(address) {
      const { drive, word } = driveAt(address);
      return drive === undefined ? undefined : inputWord(drive, word);
    },
    writeCoil(address, value) {
      if (lights.has(address)) {
        lights.set(address, value ? 1 : 0);
        return true;
      }
      const { drive, word } = driveAt(address);
      if (drive === undefined || word !== 0) return false;
      if (value) startDrive(world, drive);
      else drive.runCommand = false;
      return true;
    },
    writeHolding(address, value) {
      if (lights.has(address)) {
        if (value > 2) return 'bad-value';
        lights.set(address, value);
        return true;
      }
      const { drive, word } = driveAt(address);
      if (drive === undefined || word > 1) return false;
      if (word === 1) drive.watchdogMs = value;
      else if (value > DRIVE_SPEED_MAX * 1000) return 'bad-value';
      else drive.setSpeed = value / 1000;
      return true;
    },
  };
}

/** Words 0 and 1: actual speed as float32, high word first. 2: motor temperature, 0.1 Cel, signed. */
function inputWord(drive: Drive, word: number): number | undefined {
  if (word === 2) return Math.round(drive.temperature * 10) & 0xffff;
  if (word > 2) return undefined;
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(drive.actualSpeed);
  return bytes.readUInt16BE(2 * word);
}
