import type { ComponentChild } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { AlarmsPage } from './alarms/alarms-page.tsx';
import { RefusalsPage } from './alarms/refusals-page.tsx';
import { session, visitor } from './data/session.ts';
import { hasState } from './data/site.ts';
import { DemoPage } from './demo/demo-page.tsx';
import { DevicePage } from './devices/device-page.tsx';
import { DevicesPage } from './devices/devices-page.tsx';
import { FloorPage } from './floor/floor-page.tsx';
import { OrderPage } from './orders/order-page.tsx';
import { OrdersPage } from './orders/orders-page.tsx';
import { Loading } from './parts/blank.tsx';
import { lazyPage } from './parts/lazy.tsx';
import { arrived, type Route, route } from './router.ts';
import { MorePage } from './session/more-page.tsx';
import { SignIn, Unreachable } from './session/sign-in.tsx';
import { Shell } from './shell.tsx';
import { TasksPage } from './tasks/tasks-page.tsx';
import { UplinkPage } from './uplink/uplink-page.tsx';

const SagasPage = lazyPage('the procedures', () => import('./sagas/index.ts').then((room) => room.SagasPage));
const SagaPage = lazyPage('the procedure', () => import('./sagas/index.ts').then((room) => room.SagaPage));
const VersionsPage = lazyPage('the versions', () =>
  import('./sagas/index.ts').then((room) => room.VersionsPage),
);
const TaskPage = lazyPage('the task', () => import('./tasks/index.ts').then((room) => room.TaskPage));
const DeadLettersPage = lazyPage('the stuck work', () =>
  import('./dead-letters/index.ts').then((room) => room.DeadLettersPage),
);
const DeadLetterPage = lazyPage('the stuck work', () =>
  import('./dead-letters/index.ts').then((room) => room.DeadLetterPage),
);
const PeoplePage = lazyPage('the people', () => import('./people/index.ts').then((room) => room.PeoplePage));
const DocksPage = lazyPage('the docks', () => import('./docks/index.ts').then((room) => room.DocksPage));
const BookingPage = lazyPage('the booking', () =>
  import('./docks/index.ts').then((room) => room.BookingPage),
);
const WorkPage = lazyPage('the work', () => import('./work/index.ts').then((room) => room.WorkPage));
const FiguresPage = lazyPage('the figures', () =>
  import('./figures/index.ts').then((room) => room.FiguresPage),
);
const MachineryPage = lazyPage('the machinery', () =>
  import('./machinery/index.ts').then((room) => room.MachineryPage),
);

export function App() {
  const who = visitor.value;
  switch (who.state) {
    case 'asking':
      return <main class="gate" aria-busy="true" aria-label="Connecting to the appliance" />;
    case 'unreachable':
      return <Unreachable />;
    case 'signed-out':
      return <SignIn visitor={who} />;
    case 'signed-in':
      return (
        <Shell>
          <Page />
        </Shell>
      );
  }
}

/** Until the first snapshot there is nothing true to show; after it, an old picture beats none. */
function Page() {
  const here = route.value;
  useArrival(here);
  if (here.page === 'more') return <MorePage />;
  if (!hasState.value) return <Loading rows={6} what="the state of the site" />;
  // Choosing a robot on the floor must not build the map anew; another order is another page.
  const key = here.page === 'floor' ? 'floor' : `${here.page}/${here.id ?? ''}`;
  return <div key={key}>{pageOf(here)}</div>;
}

/** A new page starts at its top, with the focus at its start, as a page that was loaded would. */
function useArrival({ page, id }: Route): void {
  const place = page === 'floor' ? page : `${page}/${id}`;
  const last = useRef(place);
  useEffect(() => {
    if (last.current === place) return;
    last.current = place;
    document.getElementById('page')?.focus({ preventScroll: true });
    if (arrived.peek() === 'anew') window.scrollTo(0, 0);
  }, [place]);
}

function pageOf({ page, id }: Route): ComponentChild {
  switch (page) {
    case 'floor':
      return <FloorPage robotId={id} />;
    case 'orders':
      return id === null ? <OrdersPage /> : <OrderPage orderId={id} />;
    case 'tasks':
      return id === null ? <TasksPage /> : <TaskPage taskId={id} />;
    case 'alarms':
      return <AlarmsPage />;
    case 'devices':
      return id === null ? <DevicesPage /> : <DevicePage deviceId={id} />;
    case 'uplink':
      return <UplinkPage />;
    case 'refusals':
      return <RefusalsPage />;
    case 'demo':
      return session.value?.demo === true ? <DemoPage /> : <FloorPage robotId={null} />;
    case 'sagas':
      return id === null ? <SagasPage /> : <SagaPage sagaId={id} />;
    case 'versions':
      return <VersionsPage />;
    case 'dead-letters':
      return id === null ? <DeadLettersPage /> : <DeadLetterPage taskId={id} />;
    case 'people':
      return <PeoplePage />;
    case 'docks':
      return id === null ? <DocksPage /> : <BookingPage bookingId={id} />;
    case 'work':
      return <WorkPage />;
    case 'figures':
      return <FiguresPage />;
    case 'machinery':
      return <MachineryPage />;
    case 'more':
      return <MorePage />;
  }
}
