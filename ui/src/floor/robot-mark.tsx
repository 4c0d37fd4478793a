import type { Robot } from '#contracts/api.ts';
import { BATTERY_LOW } from '../parts/meter.tsx';
import { robotWords } from '../parts/words.ts';

/** Drawn within a circle of radius 12 around its middle, nose to the east; the map scales and turns it. */
export function RobotMark({ robot }: { robot: Robot }) {
  const { level } = robotWords[robot.activity];
  const abnormal = level === 'warning' || level === 'critical';
  return (
    <g class={`robot-body robot-${level}`} transform={abnormal ? 'scale(1.250)' : undefined}>
      <g data-heading>
        <path
          class="robot-chassis"
          d="M-9 -7.500a2.500 2.500 0 0 1 2.500-2.500H4.500l6 6.500a4 4 0 0 1 0 7L4.500 10H-6.500A2.500 2.500 0 0 1-9 7.500z"
        />
        {robot.toteId === null || abnormal ? null : <RobotTote />}
      </g>
      <RobotSign activity={robot.activity} />
      {robot.battery < BATTERY_LOW ? (
        <g class="robot-low" transform="translate(0 15)">
          <rect x="-8" y="-3.500" width="15" height="7" rx="1.500" />
          <path d="M-5.500 -1v2M8.500 -1v2" />
        </g>
      ) : null}
    </g>
  );
}

/** A lidded box on the chassis, small enough that a loaded robot still looks like a robot. */
export function RobotTote() {
  return (
    <g>
      <rect class="robot-tote" x="-6" y="-5" width="8.500" height="10" rx="1.200" />
      <path class="robot-lid" d="M-6 0h8.500" />
    </g>
  );
}

/** Signs stay upright whatever way the robot faces. Only what is not normal has one, and charging. */
function RobotSign({ activity }: { activity: Robot['activity'] }) {
  switch (activity) {
    case 'paused':
      return <path class="robot-sign" d="M-3.500 -4.500v9M2 -4.500v9" />;
    case 'lost':
      return (
        <g>
          <circle class="robot-halo" r="15" />
          <text class="robot-letter" x="-0.500" y="5.500" text-anchor="middle">
            ?
          </text>
        </g>
      );
    case 'fault':
      return (
        <text class="robot-letter" x="-0.500" y="5.500" text-anchor="middle">
          !
        </text>
      );
    case 'charging':
      return <path class="robot-bolt" d="M1.500 -6 -3.500 1H0L-1.500 6 3.500 -1H0z" />;
    default:
      return null;
  }
}
