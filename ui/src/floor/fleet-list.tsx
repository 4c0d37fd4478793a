import { useEffect, useRef } from 'preact/hooks';
import type { Robot } from '#contracts/api.ts';
import { nowMs } from '../data/clock.ts';
import { orders, robotBattery, robots } from '../data/site.ts';
import { Blank } from '../parts/blank.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { Battery } from '../parts/meter.tsx';
import { orderWords, robotWords } from '../parts/words.ts';
import { goTo, href } from '../router.ts';

/** Every robot in words: what the map shows in pictures, for those who cannot see or touch the map. */
export function FleetList({ chosen }: { chosen: string | null }) {
  const rows = robots.value.toSorted((a, b) => a.robotId.localeCompare(b.robotId, 'en', { numeric: true }));
  return (
    <section class="fleet" aria-label="Robots">
      <h2 class="section-title">Robots</h2>
      {rows.length === 0 ? (
        <Blank icon="robot" title="No robots">
          Robots appear here once the site file names them.
        </Blank>
      ) : (
        <ul class="fleet-rows">
          {rows.map((robot) => (
            <RobotRow key={robot.robotId} robot={robot} chosen={robot.robotId === chosen} />
          ))}
        </ul>
      )}
    </section>
  );
}

function RobotRow({ robot, chosen }: { robot: Robot; chosen: boolean }) {
  const row = useRef<HTMLLIElement>(null);
  const words = robotWords[robot.activity];
  // Battery comes with the poses, which are no signal: the clock's tick refreshes it once a second.
  nowMs.value;
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <li ref={row} class={chosen ? 'fleet-row fleet-row-chosen' : 'fleet-row'}>
      <button
        type="button"
        class="fleet-head"
        aria-pressed={chosen}
        onClick={() => (chosen ? goTo('floor') : goTo('floor', robot.robotId))}
      >
        <span class="fleet-name">{robot.robotId}</span>
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
        <Battery level={robotBattery(robot.robotId, robot.battery)} />
      </button>
      <p class="fleet-work">
        {robot.place === null ? null : (
          <span>
            <Icon name="pin" size={18} /> at {robot.place}
          </span>
        )}
        {robot.toteId === null ? null : (
          <span>
            <Icon name="tote" size={18} /> {robot.toteId}
          </span>
        )}
        {robot.orderId === null ? <span class="soft">no order</span> : null}
      </p>
      {robot.orderId === null ? null : <OrderLink orderId={robot.orderId} open={chosen} />}
    </li>
  );
}

function OrderLink({ orderId, open }: { orderId: string; open: boolean }) {
  const order = orders.value.find((row) => row.orderId === orderId);
  return (
    <a class="fleet-order" href={href('orders', orderId)}>
      <span>
        Order <b>{orderId}</b>
        {open && order !== undefined ? (
          <span class="fleet-order-more">
            {orderWords[order.state].word}
            {order.step === null ? '' : `: ${order.step}`}, to {order.destination}
          </span>
        ) : null}
      </span>
      <Icon name="forward" size={20} />
    </a>
  );
}
