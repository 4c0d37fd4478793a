import { useId, useState } from 'preact/hooks';
import type { DemoFault } from '#contracts/api.ts';
import { post } from '../data/http.ts';
import { isTechnician } from '../data/session.ts';
import { faults, robots } from '../data/site.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Blank } from '../parts/blank.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { href } from '../router.ts';
import { faultWords, pageWords } from './fault-words.ts';

/** Breaks the simulated site on purpose, and says what to look at. A real site does not have this page. */
export function DemoPage() {
  const broken = faults.value.filter((fault) => fault.active);
  return (
    <>
      <PageHead
        title="Break things"
        note={
          broken.length === 0
            ? 'The site is simulated: nothing here can hurt anybody. Nothing is broken now.'
            : `${plural(broken.length, 'thing is', 'things are')} broken now: ${broken.map((fault) => faultWords[fault.id].title.toLowerCase()).join(', ')}`
        }
      />
      {isTechnician.value ? null : (
        <p class="notice">You can look; breaking and mending is for technicians and administrators.</p>
      )}
      {faults.value.length === 0 ? (
        <Blank icon="demo" title="Nothing to break">
          The simulated site does not answer.
        </Blank>
      ) : (
        <ul class="faults">
          {faults.value.map((fault) => (
            <FaultCard key={fault.id} fault={fault} />
          ))}
        </ul>
      )}
    </>
  );
}

function FaultCard({ fault }: { fault: DemoFault }) {
  const words = faultWords[fault.id];
  const [target, setTarget] = useState('');
  const set = (active: boolean) =>
    post(`/demo/faults/${fault.id}`, {
      active,
      ...(active && target !== '' ? { target } : {}),
      ...(!active && fault.target !== null ? { target: fault.target } : {}),
    });
  return (
    <li class={fault.active ? 'fault fault-active' : 'fault'} data-fault={fault.id}>
      <header class="fault-head">
        <Icon name={words.icon} size={32} />
        <h2>{words.title}</h2>
        {fault.active ? (
          <Mark level="warning" icon="exclaim">
            Broken{fault.target === null ? '' : `: ${fault.target}`}
          </Mark>
        ) : null}
      </header>
      <p>{words.does}</p>
      <p class="fault-watch">
        <b>Watch</b> {words.watch}
      </p>
      {words.needsRobot && !fault.active ? <RobotChoice value={target} onChange={setTarget} /> : null}
      <div class="fault-actions">
        {isTechnician.value ? (
          <ActionButton
            tone={fault.active ? 'primary' : 'neutral'}
            label={`${fault.active ? words.mendIt : words.breakIt}: ${words.title}`}
            act={() => set(!fault.active)}
          >
            {fault.active ? words.mendIt : words.breakIt}
          </ActionButton>
        ) : null}
        <a class="button button-ghost" href={href(words.page)}>
          <span>{pageWords[words.page]}</span>
          <Icon name="forward" />
        </a>
      </div>
    </li>
  );
}

function RobotChoice({ value, onChange }: { value: string; onChange: (robotId: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Which robot</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">any</option>
        {robots.value.map((robot) => (
          <option key={robot.robotId} value={robot.robotId}>
            {robot.robotId}
          </option>
        ))}
      </select>
    </div>
  );
}
