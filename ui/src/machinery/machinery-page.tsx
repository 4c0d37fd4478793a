import { PageHead } from '../parts/page-head.tsx';
import { Breakers } from './breakers.tsx';
import { Limits } from './limits.tsx';
import { Models } from './models.tsx';
import { Schedules } from './schedules.tsx';

/** What keeps the work in bounds: who is switched off, who waits for whom, what begins by the clock, who decides. */
export function MachineryPage() {
  return (
    <>
      <PageHead title="Machinery" note="What holds work back, begins it, or decides about it." />
      <Breakers />
      <Limits />
      <Schedules />
      <Models />
    </>
  );
}
