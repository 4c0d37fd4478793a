import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { BrowseEntry, Driver, DriverContext, RobotState } from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { rosNames, rosTypes } from '#contracts/ros.ts';
import type { RosbridgeDevice } from '#contracts/site-devices.ts';
import { createTaggedDriver } from '../common/tagged-driver.ts';
import { parseRosAddress } from './fields.ts';
import { createGoals, type Goals } from './goals.ts';
import { createRobotAdapter } from './robot-adapter.ts';
import { nextView, type RobotView, toRobotState } from './robot-state.ts';
import { openRosSession, type RosSession } from './session.ts';

export { rosAddressProblem } from './fields.ts';

const CONNECT_MS_MAX = 10_000;
const BROWSE_MS_MAX = 5_000;

/**
 * A driver for one robot behind rosbridge. Errors: DRV_BAD_ADDRESS, and DRV_BAD_BINDING when the device is to be
 * two robots.
 */
export function createRosbridgeDriver(context: DriverContext, device: RosbridgeDevice): Driver {
  const { clock } = context;
  const names = rosNames(device.connection.namespace);
  const addresses = new Map(
    device.tags.map((tag) => [tag.name, parseRosAddress(tag, device.connection.namespace)]),
  );
  const robotId = robotOf(device);
  const counters = { junkMessages: 0 };
  let view: RobotView = {};
  let reported: RobotState | undefined;
  let goals: Goals | undefined;

  const report = (state: RobotState | undefined) => {
    if (state === undefined) return;
    reported = state;
    context.onRobot(state);
  };

  return createTaggedDriver<RosSession>(context, {
    connectMsMax: CONNECT_MS_MAX,
    async connect(hooks, signal) {
      view = {};
      return openRosSession({
        context,
        device,
        names,
        addresses,
        hooks,
        signal,
        counters,
        onTopic(topic, message) {
          const next = nextView(view, names, topic, message);
          if (next === undefined) return false;
          if (next !== view && robotId !== undefined) {
            view = next;
            report(toRobotState(robotId, view, clock.nowMs()));
          }
          return true;
        },
        onGoalEnd: (goalId, end) => goals?.end(goalId, end),
        onBegin: () => goals?.reconnected(),
      });
    },
    onLink(link) {
      if (link.state !== 'down') return;
      // Where it was last seen is all that is known; whether it moves nobody can say, so that stays as it was.
      if (reported !== undefined && reported.activity !== 'lost') report({ ...reported, activity: 'lost' });
      view = {};
    },
    adapter(capability, live) {
      if (capability.kind !== 'MobileRobot') return undefined;
      goals = createGoals(names, clock, live);
      return createRobotAdapter({
        names,
        clock,
        places: context.places,
        goals,
        live,
        status: () => view.status,
      });
    },
    browse: (open) => browseTopics(open, device),
    counters: () => ({ ...counters }),
  });
}

function robotOf(device: RosbridgeDevice): string | undefined {
  const [first, second] = device.capabilities.filter(({ kind }) => kind === 'MobileRobot');
  if (second !== undefined) {
    const problem = 'one device is one robot; give the second a device with its own namespace';
    throw new ApplianceError('DRV_BAD_BINDING', { capability: second.id, problem });
  }
  return first?.id;
}

const TopicList = Type.Object({ topics: Type.Array(Type.String()), types: Type.Array(Type.String()) });

/** All topics when the bridge has rosapi beside it; the robot's own otherwise. */
async function browseTopics(session: RosSession, device: RosbridgeDevice): Promise<readonly BrowseEntry[]> {
  const entry = (address: string, type: string): BrowseEntry => ({
    address,
    name: address,
    type,
    access: 'read',
    hasChildren: false,
  });
  try {
    const values = await session.call('/rosapi/topics', {}, BROWSE_MS_MAX);
    if (Value.Check(TopicList, values)) {
      return values.topics.map((topic, index) => entry(topic, values.types[index] ?? 'unknown'));
    }
  } catch (error) {
    if (!isApplianceError(error)) throw error;
  }
  const names = rosNames(device.connection.namespace);
  return (['pose', 'odometry', 'battery', 'state'] as const).map((name) =>
    entry(names[name], rosTypes[name]),
  );
}
