import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { OrderSummary } from '#contracts/api.ts';
import { get } from '../data/http.ts';
import { type Failure, isMissing } from '../data/problem.ts';
import { mayAct, toFailure } from '../data/session.ts';
import { isLive, orders } from '../data/site.ts';
import { Blank } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { goTo } from '../router.ts';
import { NewOrder } from './new-order.tsx';
import { type Column, columns, inColumn, matches } from './order-board.ts';
import { OrderCard } from './order-card.tsx';

/** Cards drawn per column; more are a search away. */
const CARDS_MAX = 40;
const OLDER_PAGE = 50;
/** Older orders kept in the browser; past it a search is quicker than scrolling. */
const OLDER_MAX = 1_000;

/** Kept while other pages are visited. */
const search = signal('');
const chosenColumn = signal('running');
const older = signal<readonly OrderSummary[]>([]);

export function OrdersPage() {
  const [making, setMaking] = useState(false);
  const all = withOlder(orders.value, older.value).filter((order) => matches(order, search.value));
  return (
    <>
      <PageHead title="Orders">
        <SearchField found={all.length} />
        {mayAct.value ? (
          <button
            type="button"
            class="button button-primary"
            disabled={!isLive.value}
            onClick={() => setMaking(true)}
          >
            <Icon name="plus" />
            <span>New order</span>
          </button>
        ) : null}
      </PageHead>
      {all.length === 0 ? (
        <Nothing />
      ) : (
        <>
          <ColumnTabs all={all} />
          <div class="board">
            {columns.map((column) => (
              <BoardColumn key={column.id} column={column} rows={inColumn(all, column)} />
            ))}
          </div>
        </>
      )}
      <OlderOrders />
      {making ? <NewOrder onClose={() => setMaking(false)} /> : null}
    </>
  );
}

/** The live list holds the newest; what was fetched besides must not overrule it. */
function withOlder(live: readonly OrderSummary[], fetched: readonly OrderSummary[]): OrderSummary[] {
  const known = new Set(live.map((order) => order.orderId));
  return [...live, ...fetched.filter((order) => !known.has(order.orderId))];
}

function SearchField({ found }: { found: number }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const look = async (event: Event) => {
    event.preventDefault();
    const orderId = search.value.trim();
    if (orderId === '' || found > 0) return;
    try {
      // Not among those on the screen: it may be an older one.
      await get(`/orders/${encodeURIComponent(orderId)}`);
      goTo('orders', orderId);
    } catch (error) {
      setFailure(toFailure(error));
    }
  };
  return (
    <search>
      <form class="search" onSubmit={(event) => void look(event)}>
        <Icon name="search" />
        <input
          type="search"
          aria-label="Find an order, a customer, a robot or a destination"
          placeholder="Find an order"
          value={search.value}
          onInput={(event) => {
            setFailure(null);
            search.value = event.currentTarget.value;
          }}
        />
        {search.value.trim() !== '' && found === 0 ? (
          <button type="submit" class="button button-neutral">
            Look in all
          </button>
        ) : null}
        {failure === null ? null : isMissing(failure) ? (
          <p class="field-error" role="alert">
            There is no order {search.value.trim()} on this site.
          </p>
        ) : (
          <FailureNote failure={failure} />
        )}
      </form>
    </search>
  );
}

/** Small screens show one column at a time; the counts of all stay in sight. */
function ColumnTabs({ all }: { all: readonly OrderSummary[] }) {
  return (
    <nav class="tabs" aria-label="Which orders to show">
      {columns.map((column) => {
        const count = inColumn(all, column).length;
        return (
          <button
            type="button"
            key={column.id}
            class="tab"
            aria-pressed={chosenColumn.value === column.id}
            onClick={() => (chosenColumn.value = column.id)}
          >
            <b class="number">{count}</b>
            <span class="tab-short">{column.short}</span>
            <span class="tab-long">{column.title}</span>
          </button>
        );
      })}
    </nav>
  );
}

function BoardColumn({ column, rows }: { column: Column; rows: readonly OrderSummary[] }) {
  const warns = column.id === 'waiting' && rows.length > 0;
  const chosen = chosenColumn.value === column.id;
  return (
    <section class={chosen ? 'column column-chosen' : 'column'} aria-label={column.title}>
      <h2 class={warns ? 'column-head column-head-warning' : 'column-head'}>
        <span>{column.title}</span>
        <span class="number column-count">{rows.length}</span>
      </h2>
      {rows.length === 0 ? <p class="soft column-empty">{column.empty}</p> : null}
      <ul>
        {rows.slice(0, CARDS_MAX).map((order) => (
          <li key={order.orderId}>
            <OrderCard order={order} showState={false} />
          </li>
        ))}
      </ul>
      {rows.length > CARDS_MAX ? (
        <p class="soft small">and {rows.length - CARDS_MAX} more: search for the order.</p>
      ) : null}
    </section>
  );
}

function Nothing() {
  if (search.value.trim() !== '') {
    return <Blank icon="search" title={`Nothing found for “${search.value.trim()}”`} />;
  }
  return (
    <Blank icon="orders" title="No orders yet">
      They arrive from the warehouse system, or a person makes one here.
    </Blank>
  );
}

function OlderOrders() {
  const [state, setState] = useState<'more' | 'loading' | 'end'>('more');
  const [failure, setFailure] = useState<Failure | null>(null);
  const all = withOlder(orders.value, older.value);
  const oldest = all.reduce<string | null>(
    (before, order) => (before === null || order.changedAt < before ? order.changedAt : before),
    null,
  );
  const load = async () => {
    setState('loading');
    setFailure(null);
    try {
      const before = oldest === null ? '' : `&before=${encodeURIComponent(oldest)}`;
      const page = await get<{ orders: OrderSummary[] }>(`/orders?limit=${OLDER_PAGE}${before}`);
      older.value = withOlder(older.value, page.orders);
      setState(page.orders.length < OLDER_PAGE ? 'end' : 'more');
    } catch (error) {
      setFailure(toFailure(error));
      setState('more');
    }
  };
  if (all.length === 0) return null;
  return (
    <div class="older">
      {failure === null ? null : <FailureNote failure={failure} />}
      {state === 'end' || older.value.length >= OLDER_MAX ? (
        <p class="soft">
          {state === 'end' ? 'These are all orders.' : 'Search by its id for an older order.'}
        </p>
      ) : (
        <button
          type="button"
          class="button button-ghost"
          disabled={state === 'loading'}
          onClick={() => void load()}
        >
          {state === 'loading' ? 'Loading…' : 'Show older orders'}
        </button>
      )}
    </div>
  );
}
