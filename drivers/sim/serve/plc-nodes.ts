import type { Diverter, Handshake } from '../line/line.ts';
import { commandRun, hearLineHeartbeat, heartbeatLives, lineState } from '../line/plc.ts';
import type { World } from '../world.ts';

export type PlcType = 'Boolean' | 'UInt32' | 'String';
export type PlcValue = boolean | number | string;

/** One variable of the PLC, as its program knows it. NodeId: `ns=1;s=<name>`. */
export interface PlcNode {
  readonly name: string;
  readonly type: PlcType;
  readonly text: string;
  read(): PlcValue;
  /** Only for what the appliance may write. False: the value is not taken. */
  readonly write?: (value: PlcValue) => boolean;
}

/** Longest id or name the program has room for, characters. */
const TEXT_MAX = 128;

export function plcNodes(world: World): readonly PlcNode[] {
  return [
    ...lineNodes(world),
    ...safetyNodes(world),
    ...eyeNodes(world),
    ...diverterNodes(world),
    ...handshakeNodes(world),
    ...dockNodes(world),
  ];
}

function lineNodes(world: World): PlcNode[] {
  const { line } = world;
  return [
    {
      name: 'Line.Run',
      type: 'Boolean',
      text: 'Each write of true starts the line, false stops it. The PLC itself never changes it.',
      read: () => line.runWord,
      write: (value) => {
        commandRun(world, value === true);
        return true;
      },
    },
    { name: 'Line.Running', type: 'Boolean', text: 'All drives turn.', read: () => line.running },
    {
      name: 'Line.State',
      type: 'String',
      text: 'running, stopped, e-stop, light-curtain, jam or no-heartbeat.',
      read: () => lineState(world),
    },
    { name: 'Line.Jam', type: 'Boolean', text: 'A tote is stuck.', read: () => line.jammed },
    {
      name: 'Line.ToteCount',
      type: 'UInt32',
      text: 'Totes on the line and its lanes.',
      read: () => line.totes.length,
    },
    { name: 'Scanner.Code', type: 'String', text: 'Last tote id read.', read: () => line.scannerCode },
    { name: 'Scanner.Count', type: 'UInt32', text: 'Counts codes read.', read: () => line.scannerCount },
  ];
}

function safetyNodes(world: World): PlcNode[] {
  return [
    {
      name: 'Safety.EStopOk',
      type: 'Boolean',
      text: 'The e-stop circuit is closed. False: pressed.',
      read: () => !world.eStopPressed,
    },
    {
      name: 'Safety.CurtainOk',
      type: 'Boolean',
      text: 'Nothing stands in the light curtain at the packing lanes.',
      read: () => !world.curtainBroken,
    },
    {
      name: 'Safety.Heartbeat',
      type: 'UInt32',
      text: 'Written by the appliance, another number each time. Unchanged for 1 s the line stops.',
      read: () => world.line.heartbeat,
      write: (value) => {
        hearLineHeartbeat(world, Number(value));
        return true;
      },
    },
    {
      name: 'Safety.HeartbeatOk',
      type: 'Boolean',
      text: 'The PLC hears the appliance.',
      read: () => heartbeatLives(world),
    },
  ];
}

const eyeNodes = (world: World): PlcNode[] =>
  [...world.line.eyes.keys()].map((eye) => ({
    name: `Eye.${eye}`,
    type: 'Boolean',
    text: `Photo-eye "${eye}" is dark: a tote stands before it.`,
    read: () => world.line.eyes.get(eye) === true,
  }));

function diverterNodes(world: World): PlcNode[] {
  const nodes = (lane: string, diverter: Diverter): PlcNode[] => [
    {
      name: `Diverter.${lane}.Command`,
      type: 'String',
      text: `"straight" or "${lane}". The PLC overrules it when a tote comes near.`,
      read: () => diverter.command,
      write: (value) => {
        if (value !== 'straight' && value !== lane) return false;
        diverter.command = value;
        return true;
      },
    },
    {
      name: `Diverter.${lane}.Position`,
      type: 'String',
      text: 'Where it has got to.',
      read: () => diverter.position,
    },
  ];
  return world.line.lanes.flatMap(({ id, diverter }) => (diverter === null ? [] : nodes(id, diverter)));
}

function dockNodes(world: World): PlcNode[] {
  return world.docks.flatMap((gear): PlcNode[] => [
    {
      name: `Dock.${gear.place}.Restrain`,
      type: 'Boolean',
      text: 'True holds the vehicle, false lets it go.',
      read: () => gear.restrainWord,
      write: (value) => {
        gear.restrainWord = value === true;
        return true;
      },
    },
    {
      name: `Dock.${gear.place}.Restrained`,
      type: 'Boolean',
      text: 'The hook holds.',
      read: () => gear.hook === 1,
    },
    {
      name: `Dock.${gear.place}.Door`,
      type: 'Boolean',
      text: 'True opens the door, once the vehicle is held; false closes it.',
      read: () => gear.doorWord,
      write: (value) => {
        gear.doorWord = value === true;
        return true;
      },
    },
    {
      name: `Dock.${gear.place}.DoorOpened`,
      type: 'Boolean',
      text: 'Limit switch: fully open.',
      read: () => gear.door === 1,
    },
    {
      name: `Dock.${gear.place}.DoorClosed`,
      type: 'Boolean',
      text: 'Limit switch: fully closed.',
      read: () => gear.door === 0,
    },
  ]);
}

type TextWord = { [K in keyof Handshake]: Handshake[K] extends string ? K : never }[keyof Handshake];

function handshakeNodes(world: World): PlcNode[] {
  const { words } = world.line;
  const out = (name: string, word: TextWord, text: string): PlcNode => ({
    name: `Transport.${name}`,
    type: 'String',
    text,
    read: () => words[word],
  });
  const into = (name: string, word: TextWord, text: string, then = () => {}): PlcNode => ({
    ...out(name, word, text),
    write: (value) => {
      if (typeof value !== 'string' || value.length > TEXT_MAX) return false;
      words[word] = value;
      then();
      return true;
    },
  });
  return [
    into('RequestId', 'requestId', 'Id of the request; a known one moves nothing.'),
    into('RequestTote', 'requestTote', 'Tote to move.'),
    into('RequestTo', 'requestTo', 'Lane to move it to.'),
    {
      name: 'Transport.RequestStrobe',
      type: 'UInt32',
      text: 'A change makes the PLC look at the request.',
      read: () => words.requestStrobe,
      write: (value) => {
        words.requestStrobe = Number(value);
        return true;
      },
    },
    out('AcceptedId', 'acceptedId', 'Last request taken.'),
    out('DoneLane', 'doneLane', 'Lane where it ended.'),
    out('DoneStatus', 'doneStatus', 'ok, jam, rejected or absent.'),
    out('DoneId', 'doneId', 'Last request that ended; written after lane and status.'),
    into('QueryId', 'queryId', 'Request that is asked about.', () => {
      words.queryPending = true;
    }),
    out('QueryStatus', 'queryStatus', 'ok, jam, rejected, absent, running or none.'),
    out('QueryLane', 'queryLane', 'Lane where it ended.'),
    out('QueryAnswerId', 'queryAnswerId', 'Request the answer is about; written last.'),
  ];
}
