import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OrderDetail, OrderSummary } from '#contracts/api.ts';
import { nowMs } from '../data/clock.ts';
import { isMissing } from '../data/problem.ts';
import { mayAct } from '../data/session.ts';
import { isLive, orders, tasks } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { formatDuration } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Blank, Loading } from '../parts/blank.tsx';
import { DialogButton } from '../parts/dialog-button.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { orderWords, plural } from '../parts/words.ts';
import { href } from '../router.ts';
import { isEnded } from './order-board.ts';
import { RiskCard } from './order-risk.tsx';
import { Timeline } from './timeline.tsx';

/** A running order's timeline also grows between two changes of its state. */
const REFRESH_MS = 3_000;

export function OrderPage({ orderId }: { orderId: string }) {
  const live = orders.value.find((order) => order.orderId === orderId);
  const [tick, setTick] = useState(0);
  const version = `${live?.changedAt} ${live?.step} ${live?.state} ${isLive.value} ${tick}`;
  const { resource, reload } = useResource<OrderDetail>(`/orders/${encodeURIComponent(orderId)}`, version);
  const detail =
    resource.state === 'ready' ? resource.value : resource.state === 'failed' ? resource.stale : null;
  const open = !isEnded(live?.state ?? detail?.state ?? 'running');
  useEffect(() => {
    if (!open || !isLive.value) return;
    const timer = setInterval(() => setTick((turn) => turn + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [open, isLive.value]);
  if (resource.state === 'failed' && detail === null && isMissing(resource.failure)) {
    return (
      <Frame orderId={orderId}>
        <Blank icon="question" title={`There is no order ${orderId}`}>
          It may be spelled differently, or it was refused. See what was{' '}
          <a href={href('refusals')}>refused</a>.
        </Blank>
      </Frame>
    );
  }
  return (
    <Frame
      orderId={orderId}
      actions={detail === null || !open ? null : <CancelOrder order={live ?? detail} />}
    >
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      {resource.state === 'loading' ? <Loading rows={6} what="the order" /> : null}
      {detail === null ? null : <Detail detail={detail} now={live ?? detail} />}
    </Frame>
  );
}

function Frame(props: { orderId: string; actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <>
      <PageHead title={`Order ${props.orderId}`} back={{ page: 'orders', words: 'Back to all orders' }}>
        {props.actions}
      </PageHead>
      {props.children}
    </>
  );
}

function Detail({ detail, now }: { detail: OrderDetail; now: OrderSummary }) {
  const words = orderWords[now.state];
  const endMs = isEnded(now.state) ? Date.parse(now.changedAt) : nowMs.value;
  const task = tasks.value.find((row) => row.taskId === now.taskId || row.orderId === now.orderId);
  return (
    <div class="order-page">
      <div class="order-side">
        <section class="card">
          <p class="order-state">
            <Mark level={words.level} icon={words.icon}>
              {words.word}
            </Mark>
          </p>
          {now.step === null || isEnded(now.state) ? null : <p class="order-now">{now.step}</p>}
          {task === undefined ? null : (
            <a class="row-link row-link-warning" href={href('tasks')}>
              <Icon name="user" />
              <span>{task.title}</span>
              <Icon name="forward" />
            </a>
          )}
          <dl class="facts">
            <dt>Destination</dt>
            <dd>{now.destination}</dd>
            <dt>Robot</dt>
            <dd>{now.robot === null ? 'none now' : <a href={href('floor', now.robot)}>{now.robot}</a>}</dd>
            <dt>Customer</dt>
            <dd>{now.customer ?? 'not given'}</dd>
            <dt>Priority</dt>
            <dd class="number">{now.priority} (0 is most urgent)</dd>
            <dt>Accepted</dt>
            <dd>
              <Moment at={now.acceptedAt} />
            </dd>
            <dt>{isEnded(now.state) ? 'Took' : 'Running for'}</dt>
            <dd class="number">{formatDuration(Math.max(0, endMs - Date.parse(now.acceptedAt)))}</dd>
            {detail.traceId === null ? null : (
              <>
                <dt>Trace</dt>
                <dd class="code">{detail.traceId}</dd>
              </>
            )}
          </dl>
          {now.sagaId === null ? null : (
            <a class="row-link order-steps" href={href('sagas', now.sagaId)}>
              <Icon name="procedure" />
              <span>See every step</span>
              <Icon name="forward" />
            </a>
          )}
        </section>
        <RiskCard risk={now.risk} />
        <section class="card">
          <h2>
            {plural(detail.order.lines.length, 'article')}, {plural(now.pieceCount, 'piece')}
          </h2>
          <ul class="order-lines">
            {detail.order.lines.map((line) => (
              <li key={line.line}>
                <b class="number">{line.quantity} ×</b>
                <span>
                  {line.sku}
                  {line.description === undefined ? null : <span class="soft"> {line.description}</span>}
                </span>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <section class="card timeline-card">
        <h2>What happened</h2>
        <Timeline entries={detail.timeline} />
      </section>
    </div>
  );
}

function CancelOrder({ order }: { order: OrderSummary }) {
  if (!mayAct.value) return null;
  return (
    <DialogButton icon="cross" label="Cancel order…">
      {(close) => (
        <ReasonDialog
          title={`Cancel order ${order.orderId}?`}
          lead="What was done so far is undone: picked goods go back to their racks."
          question="Why? It is kept with the order."
          action="Cancel this order"
          keep="Keep it"
          tone="danger"
          icon="cross"
          path={`/orders/${encodeURIComponent(order.orderId)}/cancel`}
          onClose={close}
        />
      )}
    </DialogButton>
  );
}
