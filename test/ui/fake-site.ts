import type { Alarm, DemoFault, DemoFaultId, LiveState, Task } from '#contracts/api.ts';
import { devices, interlocks, robots, uplink } from './fake-equipment.ts';
import { orders } from './fake-orders.ts';
import { ago } from './fake-time.ts';

/** A site on an ordinary day: something waits for a person, the rest runs. */
export function busySite(): LiveState {
  const site: LiveState = {
    summary: {
      ordersRunning: 0,
      ordersCompletedToday: 214,
      ordersFailedToday: 1,
      tasksOpen: 0,
      alarmsActive: 0,
      stopped: false,
    },
    orders: orders(),
    tasks: tasks(),
    robots: robots(),
    devices: devices(),
    interlocks: interlocks(),
    alarms: alarms(),
    uplinks: [uplink()],
    faults: faultIds.map((id): DemoFault => ({ id, active: false, target: null })),
    notices: [],
  };
  return { ...site, summary: summarize(site) };
}

/** The first minute after an installation. */
export function emptySite(): LiveState {
  const site: LiveState = {
    summary: {
      ordersRunning: 0,
      ordersCompletedToday: 0,
      ordersFailedToday: 0,
      tasksOpen: 0,
      alarmsActive: 0,
      stopped: false,
    },
    orders: [],
    tasks: [],
    robots: [],
    devices: [],
    interlocks: [],
    alarms: [],
    uplinks: [],
    faults: [],
    notices: [],
  };
  return site;
}

export const summarize = (site: LiveState): LiveState['summary'] => ({
  ...site.summary,
  ordersRunning: site.orders.filter((row) => row.state === 'running' || row.state === 'waiting-for-person')
    .length,
  tasksOpen: site.tasks.length,
  alarmsActive: site.alarms.length,
  stopped: site.interlocks.some((row) => !row.met || row.needsReset),
});

const faultIds: readonly DemoFaultId[] = [
  'uplink-cut',
  'uplink-slow',
  'e-stop',
  'jam',
  'wrong-sku',
  'robot-lost',
  'battery-flat',
  'plc-link-cut',
  'plc-link-slow',
];

function tasks(): Task[] {
  return [
    {
      taskId: 'task-1',
      sagaId: 'saga-536367',
      orderId: '536367',
      kind: 'wrong-sku',
      title: 'Wrong article in the tote of amr-3',
      text: 'The scanner read 84879, the order wants 22745. The robot waits at the rack with the tote.',
      state: 'offered',
      decisions: [
        { id: 'replace', label: 'Swapped by hand, go on', tone: 'primary', needsNote: false },
        { id: 'short', label: 'Send without it', tone: 'neutral', needsNote: true },
        { id: 'cancel', label: 'Cancel the order', tone: 'danger', needsNote: true },
      ],
      context: [
        { label: 'Wanted', value: '6 × 22745, Poppy’s playhouse bedroom' },
        { label: 'Scanned', value: '84879, Assorted colour bird ornament' },
        { label: 'Robot', value: 'amr-3 at rack-8-20' },
        { label: 'Tote', value: 'T-0417' },
      ],
      role: 'operator',
      assignee: null,
      respondBy: null,
      level: 0,
      form: null,
      suggestion: null,
      image: null,
      claimedBy: null,
      createdAt: ago(260),
      dueAt: new Date(Date.now() + 340_000).toISOString(),
      decidedBy: null,
      decision: null,
    },
    {
      taskId: 'task-2',
      sagaId: 'saga-536369',
      orderId: '536369',
      kind: 'unknown-outcome',
      title: 'Did tote T-0402 reach packing-1?',
      text: 'The link to the conveyor drive broke while the tote was on its way. The photo-eye of the lane saw nothing since.',
      state: 'claimed',
      decisions: [
        { id: 'arrived', label: 'It is at packing-1', tone: 'primary', needsNote: false },
        { id: 'again', label: 'It is still at the induct: convey again', tone: 'neutral', needsNote: false },
        { id: 'gone', label: 'It is nowhere to be found', tone: 'danger', needsNote: true },
      ],
      context: [
        { label: 'Tote', value: 'T-0402' },
        { label: 'Last seen', value: 'induct-1, 14:02:11' },
      ],
      role: 'operator',
      assignee: null,
      respondBy: null,
      level: 0,
      form: null,
      suggestion: null,
      image: null,
      claimedBy: 'jo',
      createdAt: ago(900),
      dueAt: ago(120),
      decidedBy: null,
      decision: null,
    },
  ];
}

function alarms(): Alarm[] {
  return [
    {
      alarmId: 'link-conveyor-drive',
      severity: 'high',
      source: 'conveyor-drive',
      text: 'No link to the conveyor drive',
      hint: 'Check the drive’s power and the cable in cabinet 4; the appliance keeps trying.',
      raisedAt: ago(94),
      acknowledgedBy: null,
    },
    {
      alarmId: 'battery-amr-4',
      severity: 'medium',
      source: 'amr-4',
      text: 'Battery of amr-4 is at 16 %',
      hint: 'It charges by itself; it gets no order until 20 %.',
      raisedAt: ago(640),
      acknowledgedBy: null,
    },
    {
      alarmId: 'cabinet',
      severity: 'low',
      source: 'line-plc',
      text: 'Cabinet temperature is uncertain',
      hint: 'The sensor reports a range error. Have it looked at with the next maintenance.',
      raisedAt: ago(3_600),
      acknowledgedBy: 'marta',
    },
  ];
}
