import type { OrderRisk } from '#contracts/models.ts';
import { formatPercent } from '../format.ts';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';

/** From here on an order is taken as if it were more urgent (docs/models.md). */
const RISKY_MIN = 0.5;

const isRisky = ({ score }: OrderRisk): boolean => score >= RISKY_MIN;
/** Its value is 0 or 1, and says nothing to a person. */
const YES_NO = 'night shift';

const reasonOf = ({ feature, value }: OrderRisk['top'][number]): string => {
  if (feature !== YES_NO) return `${feature} ${value}`;
  return value === '0' ? `no ${feature}` : feature;
};

/** On a card: in one line, and with its reasons when there is something to expect. */
export function RiskLine({ risk }: { risk: OrderRisk | null }) {
  if (risk === null) return null;
  if (!isRisky(risk)) return <span class="order-risk soft small">Risk {formatPercent(risk.score)}</span>;
  return (
    <span class="order-risk small" data-risk="high">
      <Icon name="exclaim" size={18} /> <b>Risk {formatPercent(risk.score)}</b>:{' '}
      {risk.top.map(reasonOf).join(', ')}
    </span>
  );
}

/** On the page of the order: how likely it will need a person, and what speaks for and against it. */
export function RiskCard({ risk }: { risk: OrderRisk | null }) {
  if (risk === null) return null;
  return (
    <section class="card" aria-label="Risk">
      <h2>Will it need a person?</h2>
      <p>
        <Mark level={isRisky(risk) ? 'notice' : 'normal'} icon={isRisky(risk) ? 'exclaim' : 'check'}>
          Risk {formatPercent(risk.score)}
        </Mark>
      </p>
      <ul class="risk-reasons">
        {risk.top.map((reason) => (
          <li key={reason.feature}>
            <b>{reasonOf(reason)}</b>{' '}
            <span class="soft">
              {reason.effect >= 0 ? 'speaks for it' : 'speaks against it'} (
              {formatPercent(Math.abs(reason.effect))})
            </span>
          </li>
        ))}
      </ul>
      <p class="soft small">Learned from the orders of this site.</p>
    </section>
  );
}
