import type { OrderSummary } from '#contracts/api.ts';
import { Age } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { orderWords, plural } from '../parts/words.ts';
import { href } from '../router.ts';
import { isEnded } from './order-board.ts';
import { RiskLine } from './order-risk.tsx';

/** Priorities up to it are marked; 5 is the usual one. */
export const URGENT_PRIORITY_MAX = 2;

/** One order, as a link to its timeline. `showState` where no column says it. */
export function OrderCard({ order, showState }: { order: OrderSummary; showState: boolean }) {
  const words = orderWords[order.state];
  const abnormal = words.level === 'warning' || words.level === 'critical';
  return (
    <a
      class={abnormal ? `order-card order-card-${words.level}` : 'order-card'}
      href={href('orders', order.orderId)}
      data-order={order.orderId}
    >
      <span class="order-card-head">
        <span class="order-id">{order.orderId}</span>
        {order.priority <= URGENT_PRIORITY_MAX ? <span class="urgent">Urgent</span> : null}
      </span>
      {showState || order.state === 'cancelled' ? (
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
      ) : null}
      {order.step === null || isEnded(order.state) ? null : <span class="order-step">{order.step}</span>}
      {isEnded(order.state) ? null : <RiskLine risk={order.risk} />}
      <span class="order-facts">
        <span>{plural(order.pieceCount, 'piece')}</span>
        <span>{order.destination}</span>
        {order.robot === null ? null : (
          <span>
            <Icon name="robot" size={18} /> {order.robot}
          </span>
        )}
        <span>{isEnded(order.state) ? <Age at={order.changedAt} /> : <Since at={order.acceptedAt} />}</span>
      </span>
    </a>
  );
}

const Since = ({ at }: { at: string }) => (
  <>
    <span class="visually-hidden">accepted </span>
    <Icon name="clock" size={18} /> <Age at={at} ago={false} />
  </>
);
