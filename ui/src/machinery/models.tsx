import { useState } from 'preact/hooks';
import type { ModelSummary } from '#contracts/models.ts';
import { post } from '../data/http.ts';
import { isTechnician } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { usePolled } from '../data/use-polled.ts';
import { formatCount, formatPercent } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Age } from '../parts/age.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Fetched } from '../parts/fetched.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { modelWords } from './machinery-words.ts';

const REFRESH_MS = 15_000;

interface Answer {
  readonly models: ModelSummary[];
  readonly orderRisk: {
    readonly trained: boolean;
    readonly why: string;
    readonly samples: number;
    readonly exceptions: number;
    readonly auc: number | null;
  };
}

/** Models that decide or advise, whether they are followed, and the risk of orders. */
export function Models() {
  const models = usePolled<Answer>('/models', REFRESH_MS);
  return (
    <Fetched from={models} what="the models">
      {(answer) => (
        <>
          <section class="card" aria-label="Models">
            <h2>Models</h2>
            {answer.models.length === 0 ? (
              <p class="soft">No model decides here. They are named in the site file, under “models”.</p>
            ) : null}
            <ul class="machinery">
              {answer.models.map((model) => (
                <ModelRow key={model.name} model={model} onChanged={models.reload} />
              ))}
            </ul>
          </section>
          <OrderRisk {...answer.orderRisk} />
        </>
      )}
    </Fetched>
  );
}

function ModelRow({ model, onChanged }: { model: ModelSummary; onChanged: () => unknown }) {
  const [asking, setAsking] = useState(false);
  const words = modelWords[model.state];
  const isFollowed = model.state === 'trusted' || model.state === 'learning';
  return (
    <li data-model={model.name}>
      <p>
        <b>{model.name}</b>{' '}
        {model.version === null ? null : <span class="soft">version {model.version}</span>}
      </p>
      <p>
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>{' '}
        <span class="soft">
          since <Age at={model.since} ago={false} />
        </span>
      </p>
      <p class="machinery-why">
        {model.why}
        {isFollowed
          ? ''
          : ` ${model.fallback === null ? 'People decide' : `${model.fallback} decides`} meanwhile.`}
      </p>
      <dl class="facts machinery-facts">
        <dt>Right</dt>
        <dd>
          {model.accuracy === null ? 'not known yet' : formatPercent(model.accuracy)}{' '}
          <span class="soft">as people judged {formatCount(model.judged)} of its newest answers</span>
        </dd>
        <dt>Change</dt>
        <dd>
          {model.psi === null ? 'not known yet' : model.psi.toFixed(2)}{' '}
          <span class="soft">
            {model.psiOf === null ? '' : `in ${model.psiOf}; `}0 is as before, above 0.25 the floor has
            changed
          </span>
        </dd>
        <dt>Asked</dt>
        <dd>
          {formatCount(model.asked)}{' '}
          <span class="soft">times, {formatCount(model.followed)} without a person</span>
        </dd>
      </dl>
      {isFollowed || !isTechnician.value ? null : (
        <button
          type="button"
          class="button button-neutral"
          disabled={!isLive.value}
          onClick={() => setAsking(true)}
        >
          <Icon name="check" />
          <span>Trust it again…</span>
        </button>
      )}
      {asking ? <TrustDialog model={model} onChanged={onChanged} onClose={() => setAsking(false)} /> : null}
    </li>
  );
}

function TrustDialog(props: { model: ModelSummary; onChanged: () => unknown; onClose: () => void }) {
  const { name } = props.model;
  return (
    <Dialog title={`Trust ${name} again?`} onClose={props.onClose}>
      <p class="dialog-lead">
        What is usual now counts as right from now on, and its answers are followed again. Do it when the
        floor has changed for good and its answers are still good.
      </p>
      <div class="dialog-actions">
        <ActionButton
          tone="primary"
          icon="check"
          act={async () => {
            await post(`/models/${encodeURIComponent(name)}/baseline`);
            await props.onChanged();
            props.onClose();
          }}
        >
          Trust it again
        </ActionButton>
        <button type="button" class="button button-neutral" onClick={props.onClose}>
          Not yet
        </button>
      </div>
    </Dialog>
  );
}

function OrderRisk({ trained, why, samples, exceptions, auc }: Answer['orderRisk']) {
  return (
    <section class="card" aria-label="Risk of orders">
      <h2>Risk of orders</h2>
      <p>
        <Mark level={trained ? 'normal' : 'quiet'} icon={trained ? 'check' : 'clock'}>
          {trained ? 'In use' : 'Not in use yet'}
        </Mark>
      </p>
      <p>{why}</p>
      <dl class="facts">
        <dt>Learned from</dt>
        <dd>
          {formatCount(samples)}{' '}
          <span class="soft">orders, {formatCount(exceptions)} of which needed a person</span>
        </dd>
        <dt>Tells apart</dt>
        <dd>
          {auc === null ? 'not known yet' : formatPercent(auc)}{' '}
          <span class="soft">of pairs of a risky and a calm order rightly; 50 % is chance</span>
        </dd>
      </dl>
    </section>
  );
}
