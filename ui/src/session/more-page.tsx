import { useState } from 'preact/hooks';
import { RequestFailure } from '../data/problem.ts';
import { mayAct, session, signOut } from '../data/session.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { href } from '../router.ts';
import { morePages } from '../shell.tsx';
import { PasswordDialog } from './password.tsx';

const roleWords = {
  viewer: 'Viewer: may look at everything, change nothing',
  operator: 'Operator: decides tasks, makes and cancels orders, resets interlocks',
  technician: 'Technician: also looks after devices',
  admin: 'Administrator: also looks after users',
} as const;

export function MorePage() {
  const [changing, setChanging] = useState(false);
  const who = session.value;
  if (who === null) return null;
  return (
    <>
      <PageHead title="More" />
      <ul class="more-links">
        {morePages(who.demo).map((item) => (
          <li key={item.page} class={item.second === true ? 'more-second' : undefined}>
            <a class="row-link" href={href(item.page)}>
              <Icon name={item.icon} />
              <span>{item.words}</span>
              <Icon name="forward" />
            </a>
          </li>
        ))}
      </ul>
      <section class="card account">
        <h2>
          <Icon name="user" /> {who.user}
        </h2>
        <p>{roleWords[who.role]}.</p>
        {mayAct.value ? null : <p class="soft">Ask an administrator of this site for another role.</p>}
        <div class="button-row">
          <button type="button" class="button button-neutral" onClick={() => setChanging(true)}>
            <Icon name="key" />
            <span>Set a new password</span>
          </button>
          <SignOutButton />
        </div>
      </section>
      <section class="card">
        <h2>This appliance</h2>
        <dl class="facts">
          <dt>Site</dt>
          <dd>
            {who.site.name} <span class="soft">({who.site.id})</span>
          </dd>
          <dt>Time zone</dt>
          <dd>{who.site.timeZone}</dd>
          <dt>Version</dt>
          <dd class="number">{who.version}</dd>
        </dl>
      </section>
      {changing ? <PasswordDialog onClose={() => setChanging(false)} /> : null}
    </>
  );
}

function SignOutButton() {
  return (
    <ActionButton
      icon="exit"
      act={async () => {
        const failure = await signOut();
        if (failure !== null) throw new RequestFailure(failure);
      }}
    >
      Sign out
    </ActionButton>
  );
}
