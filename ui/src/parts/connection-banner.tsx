import { nowMs } from '../data/clock.ts';
import type { LossReason } from '../data/live-link.ts';
import { timeZone } from '../data/session.ts';
import { link, linkState, retryNow } from '../data/site.ts';
import { formatSpan, formatTime } from '../format.ts';
import { Icon } from './icon.tsx';

const reasons: Readonly<Record<LossReason, string>> = {
  closed: 'The connection was closed.',
  silent: 'The appliance went silent.',
  gap: 'Part of the news was missed.',
  unreadable: 'The appliance sent something this page cannot read.',
};

/** Says that what is on the screen is the past, and how far back. Only the title is read out: the age ticks. */
export function ConnectionBanner() {
  if (linkState.value !== 'lost') return null;
  const now = link.value;
  if (now.state !== 'lost') return null;
  const waitMs = now.retryAtMs - nowMs.value;
  return (
    <div class="banner banner-offline">
      <Icon name="unplug" size={36} />
      <div class="banner-text">
        <p class="banner-title" role="alert">
          No connection to the appliance
        </p>
        <p>
          {reasons[now.reason]}{' '}
          {now.heardAtMs === null ? (
            'This page has no picture of the site yet.'
          ) : (
            <>
              This is the site as it was at <b class="number">{formatTime(now.heardAtMs, timeZone.value)}</b>
              {', '}
              <b class="number" data-age>
                {formatSpan(nowMs.value - now.heardAtMs)} ago
              </b>
              . The floor itself goes on without this screen.
            </>
          )}
        </p>
      </div>
      <div class="banner-actions">
        <button type="button" class="button button-neutral" onClick={retryNow}>
          <Icon name="retry" />
          <span>Try now</span>
        </button>
        <span class="number small" aria-hidden="true">
          {waitMs > 1_000 ? `again in ${formatSpan(waitMs)}` : 'trying…'}
        </span>
      </div>
    </div>
  );
}
