import type { DeviceSummary, Interlock, Robot, UplinkStatus } from '#contracts/api.ts';
import { ago, agoMs } from './fake-time.ts';

/** As the gate tells it: while the cause is there, a reset cannot help yet. */
export const trippedInterlock: Interlock = {
  id: 'e-stop-line',
  text: 'E-stop of the line is pressed',
  met: false,
  needsReset: false,
  reason: 'line-plc/e-stop-ok is off',
  protects: ['conveyor-1', 'amr-*'],
};
export const resettableInterlock: Interlock = {
  ...trippedInterlock,
  needsReset: true,
  reason: 'waiting for a reset after: E-stop of the line is pressed',
};
export const pausedRobot = (robotId: string): Interlock => ({
  id: `paused-${robotId}`,
  text: `${robotId} is paused by the e-stop`,
  met: true,
  needsReset: true,
  reason: 'A person has to let it go on.',
  protects: [robotId],
});

export function robots(): Robot[] {
  const at = (x: number, y: number, heading: number) => ({ x, y, heading });
  const robot = (id: number, more: Partial<Robot>): Robot => ({
    robotId: `amr-${id}`,
    x: 0,
    y: 0,
    heading: 0,
    battery: 0.8,
    activity: 'driving',
    moving: true,
    toteId: null,
    orderId: null,
    place: null,
    ...more,
  });
  return [
    robot(1, { ...at(12.5, 5.5, Math.PI), battery: 0.82, toteId: 'T-0419', orderId: '536371' }),
    robot(2, { ...at(34.5, 8.5, Math.PI), battery: 0.55, toteId: 'T-0420', orderId: '536373' }),
    robot(3, {
      ...at(20.5, 8.5, -Math.PI / 2),
      battery: 0.47,
      activity: 'picking',
      moving: false,
      toteId: 'T-0417',
      orderId: '536367',
      place: 'rack-8-20',
    }),
    robot(4, { ...at(1.5, 2.5, 0), battery: 0.16, activity: 'charging', moving: false, place: 'charge-1' }),
    robot(5, { ...at(6.5, 18.5, 0), battery: 0.93, activity: 'idle', moving: false, place: 'park-2' }),
  ];
}

export function devices(): DeviceSummary[] {
  const device = (id: string, name: string, more: Partial<DeviceSummary>): DeviceSummary => ({
    id,
    name,
    driver: 'rosbridge',
    thread: 'field',
    link: 'up',
    linkReason: null,
    linkSince: ago(7_400),
    heardAt: ago(0.2),
    capabilities: [{ id, kind: 'MobileRobot' }],
    tags: [],
    ...more,
  });
  return [
    device('line-plc', 'Line PLC', {
      driver: 'opcua',
      thread: 'safety',
      capabilities: [{ id: 'diverter-1', kind: 'Diverter' }],
      tags: [
        { path: 'line-plc/e-stop-ok', value: true, quality: { level: 'good' }, sourceTimeMs: agoMs(7_300) },
        { path: 'line-plc/photo-eye-1', value: false, quality: { level: 'good' }, sourceTimeMs: agoMs(4) },
        { path: 'line-plc/photo-eye-2', value: true, quality: { level: 'good' }, sourceTimeMs: agoMs(1) },
        {
          path: 'line-plc/cabinet-temperature',
          value: 31.437,
          unit: 'Cel',
          quality: { level: 'uncertain', reason: 'sensor reports a range error' },
          sourceTimeMs: agoMs(33),
        },
        { path: 'line-plc/heartbeat', value: 20_418, quality: { level: 'good' }, sourceTimeMs: agoMs(0.3) },
      ],
    }),
    device('conveyor-drive', 'Conveyor drive', {
      driver: 'modbus',
      thread: 'safety',
      link: 'down',
      linkReason: 'No answer from 10.0.4.12 for 3 s; trying again every 15 s',
      linkSince: ago(94),
      heardAt: ago(97),
      capabilities: [
        { id: 'conveyor-1', kind: 'Conveyor' },
        { id: 'stack-light-1', kind: 'StackLight' },
      ],
      tags: [
        {
          path: 'conveyor-drive/speed',
          value: 0.62,
          unit: 'm/s',
          quality: { level: 'bad', reason: 'link is down' },
          sourceTimeMs: agoMs(97),
        },
        {
          path: 'conveyor-drive/running',
          value: true,
          quality: { level: 'bad', reason: 'link is down' },
          sourceTimeMs: agoMs(402),
        },
        {
          path: 'conveyor-drive/motor-current',
          value: null,
          unit: 'A',
          quality: { level: 'bad', reason: 'never read' },
          sourceTimeMs: agoMs(97),
        },
      ],
    }),
    ...[1, 2, 3, 4, 5].map((id) =>
      device(`amr-${id}`, `AMR ${id}`, {
        ...(id === 5 ? { link: 'connecting' as const, linkSince: ago(6) } : {}),
        tags: [
          {
            path: `amr-${id}/battery`,
            value: 0.55,
            unit: '1',
            quality: { level: 'good' },
            sourceTimeMs: agoMs(2),
          },
        ],
      }),
    ),
  ];
}

export function interlocks(): Interlock[] {
  return [
    { ...trippedInterlock, met: true, needsReset: false, reason: null },
    {
      id: 'gate-2',
      text: 'Gate 2 is open',
      met: true,
      needsReset: false,
      reason: null,
      protects: ['amr-*'],
    },
  ];
}

export function uplink(more: Partial<UplinkStatus> = {}): UplinkStatus {
  const lane = (
    name: UplinkStatus['lanes'][number]['lane'],
    count: number,
    acknowledgedSequence: number,
  ) => ({
    lane: name,
    count,
    oldestAt: count === 0 ? null : ago(count / 40),
    acknowledgedSequence,
  });
  return {
    id: 'region',
    url: 'https://region.example:8443',
    state: 'up',
    reason: null,
    since: ago(7_300),
    lanes: [
      lane('safety', 0, 118),
      lane('audit', 2, 4_411),
      lane('business', 14, 61_204),
      lane('telemetry', 96, 902_344),
    ],
    backlogCount: 112,
    backlogBytes: 48_200,
    ratePerSecond: 41,
    drainSeconds: 2.7,
    droppedCount: 0,
    ...more,
  };
}
