import { useEffect } from 'preact/hooks';
import type { Floor } from '#contracts/api.ts';
import { isLive } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { Blank } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { AttentionList } from './attention-list.tsx';
import { FleetList } from './fleet-list.tsx';
import { FloorMap } from './floor-map.tsx';
import { RobotTote } from './robot-mark.tsx';
import { SummaryStrip } from './summary-strip.tsx';

export function FloorPage({ robotId }: { robotId: string | null }) {
  // After a reconnect the appliance may run a new site file: the plan is fetched again.
  const { resource, reload } = useResource<Floor>('/floor', isLive.value);
  useEffect(() => {
    document.title = 'Floor · Holdfast';
  }, []);
  const floor =
    resource.state === 'ready' ? resource.value : resource.state === 'failed' ? resource.stale : null;
  return (
    <div class="floor-page">
      <h1 class="visually-hidden">Floor</h1>
      <SummaryStrip />
      <div class="floor-body">
        <div class="floor-main">
          {resource.state === 'loading' ? (
            <div class="map-frame map-loading" role="status" aria-label="Loading the floor map" />
          ) : null}
          {resource.state === 'failed' && floor === null ? (
            <FailureNote failure={resource.failure} retry={reload} />
          ) : null}
          {floor === null ? null : floor.rows.length === 0 ? (
            <Blank icon="floor" title="No floor map">
              Name a map in the site file (site.map) to see the floor here. The robots are listed all the
              same.
            </Blank>
          ) : (
            <>
              <FloorMap floor={floor} chosen={robotId} />
              <Legend />
            </>
          )}
          <AttentionList />
        </div>
        <FleetList chosen={robotId} />
      </div>
    </div>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Signs on the map">
      <li>
        <svg width="22" height="22" viewBox="-12 -12 24 24" aria-hidden="true" focusable="false">
          <path
            class="robot-chassis legend-robot"
            d="M-9 -7.500a2.500 2.500 0 0 1 2.500-2.500H4.500l6 6.500a4 4 0 0 1 0 7L4.500 10H-6.500A2.500 2.500 0 0 1-9 7.500z"
          />
        </svg>
        robot
      </li>
      <li>
        <svg width="22" height="22" viewBox="-12 -12 24 24" aria-hidden="true" focusable="false">
          <path
            class="robot-chassis legend-robot"
            d="M-9 -7.500a2.500 2.500 0 0 1 2.500-2.500H4.500l6 6.500a4 4 0 0 1 0 7L4.500 10H-6.500A2.500 2.500 0 0 1-9 7.500z"
          />
          <RobotTote />
        </svg>
        with a tote
      </li>
      <li>
        <svg width="30" height="14" viewBox="0 0 30 14" aria-hidden="true" focusable="false">
          <path class="legend-belt" d="M2 7h26" />
        </svg>
        conveyor
      </li>
    </ul>
  );
}
