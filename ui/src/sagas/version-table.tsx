import { useState } from 'preact/hooks';
import type { DefinitionVersion, Shadow } from '#contracts/rollout.ts';
import { isTechnician } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { formatCount } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import type { SagaKind } from './saga-kinds.ts';
import { type Choice, ChooseDialog, ShadowDialog, TryDialog } from './version-dialogs.tsx';

type Act = 'try' | 'shadow' | Choice;

/** The versions of one kind, newest first. `busy`: one is tried already, and one at a time is. */
export function VersionTable(props: {
  kind: SagaKind;
  busy: boolean;
  shadows: readonly Shadow[];
  done: () => void;
}) {
  const { kind, busy, shadows, done } = props;
  const [asking, setAsking] = useState<{ act: Act; version: DefinitionVersion } | null>(null);
  const played = new Set(shadows.filter(({ state }) => state === 'running').map(({ hash }) => hash));
  const close = () => setAsking(null);
  const dialog = asking === null ? null : { version: asking.version, done, onClose: close };
  return (
    <>
      <ul class="versions">
        {kind.versions.map((version) => (
          <li key={version.hash} class="version" data-version={version.hash}>
            <div class="version-what">
              <p>
                <b>Version {version.version}</b> <span class="soft code">{version.hash.slice(0, 8)}</span>
              </p>
              <p class="soft">
                here since <Moment at={version.savedAt} />
              </p>
            </div>
            <p class="version-running">
              <b class="number">{formatCount(version.running)}</b> running
            </p>
            <Standing version={version} />
            {!isTechnician.value || version.missing !== null ? null : version.current ? (
              <Current version={version} busy={busy} ask={(act) => setAsking({ act, version })} />
            ) : (
              <div class="button-row version-acts">
                <Ask icon="branch" off={busy} act={() => setAsking({ act: 'try', version })}>
                  Try on some…
                </Ask>
                <Ask
                  icon="play"
                  off={played.has(version.hash)}
                  act={() => setAsking({ act: 'shadow', version })}
                >
                  Dry run…
                </Ask>
                <Ask icon="check" off={busy} act={() => setAsking({ act: 'choose', version })}>
                  Use for all…
                </Ask>
              </div>
            )}
          </li>
        ))}
      </ul>
      {dialog === null || asking === null ? null : asking.act === 'try' ? (
        <TryDialog {...dialog} />
      ) : asking.act === 'shadow' ? (
        <ShadowDialog {...dialog} />
      ) : (
        <ChooseDialog {...dialog} choice={asking.act} />
      )}
    </>
  );
}

/** What new ones get already: it can be kept over later releases, or these followed again. */
function Current(props: { version: DefinitionVersion; busy: boolean; ask: (act: Act) => void }) {
  const { pinned, shipped } = props.version;
  if (pinned && !shipped) return null;
  return (
    <button
      type="button"
      class="button button-neutral version-current"
      disabled={props.busy || !isLive.value}
      onClick={() => props.ask(pinned ? 'follow' : 'keep')}
    >
      {pinned ? 'Follow the releases…' : 'Keep it…'}
    </button>
  );
}

function Ask(props: { icon: IconName; off: boolean; act: () => void; children: string }) {
  return (
    <button
      type="button"
      class="button button-neutral"
      disabled={props.off || !isLive.value}
      onClick={props.act}
    >
      <Icon name={props.icon} />
      <span>{props.children}</span>
    </button>
  );
}

function Standing({ version }: { version: DefinitionVersion }) {
  const { current, pinned, shipped, missing } = version;
  return (
    <div class="version-standing">
      {current ? (
        <Mark level="normal" icon="check">
          New ones get it
        </Mark>
      ) : null}
      {pinned ? <span class="soft">because a person chose it</span> : null}
      {shipped ? <span class="soft">the one installed</span> : null}
      {missing === null ? null : (
        <Mark level={current ? 'critical' : 'notice'} icon="exclaim">
          Cannot run here: {missing}
        </Mark>
      )}
    </div>
  );
}
