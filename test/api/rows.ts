import type { Alarm, DeviceSummary, LiveState, Robot, Task } from '#contracts/api.ts';

const at = '2026-11-21T06:00:00.000Z';

export const emptyLiveState = (): LiveState => ({
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
  devices: [device('line-plc')],
  interlocks: [],
  alarms: [],
  uplinks: [],
  faults: [],
  notices: [],
});

export const device = (id: string): DeviceSummary => ({
  id,
  name: id,
  driver: 'modbus',
  thread: 'safety',
  link: 'up',
  linkReason: null,
  linkSince: at,
  heardAt: at,
  capabilities: [{ id: 'conveyor-1', kind: 'Conveyor' }],
  tags: [
    { path: `${id}/run`, value: true, quality: { level: 'good' }, sourceTimeMs: 1, unit: 'm/s' },
    { path: `${id}/jam`, value: null, quality: { level: 'bad', reason: 'never read' }, sourceTimeMs: 1 },
  ],
});

export const robot = (id: string, more: Partial<Robot> = {}): Robot => ({
  robotId: id,
  x: 1,
  y: 2,
  heading: 0.5,
  battery: 0.75,
  activity: 'idle',
  moving: false,
  toteId: null,
  orderId: null,
  place: null,
  ...more,
});

export const alarm = (alarmId: string): Alarm => ({
  alarmId,
  severity: 'high',
  source: 'line-plc',
  text: 'It is not connected',
  hint: 'Look at the cable.',
  raisedAt: at,
  acknowledgedBy: null,
});

export const openTask = (taskId: string): Task => ({
  taskId,
  sagaId: 'saga-1',
  orderId: null,
  kind: 'wrong-sku',
  title: 'Wrong article',
  text: 'What now?',
  state: 'offered',
  decisions: [{ id: 'again', label: 'Again', tone: 'primary', needsNote: false }],
  context: [],
  role: 'operator',
  assignee: null,
  respondBy: null,
  level: 0,
  form: null,
  suggestion: null,
  image: null,
  claimedBy: null,
  createdAt: at,
  dueAt: null,
  decidedBy: null,
  decision: null,
});
