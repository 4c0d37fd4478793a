import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { startClock } from './data/clock.ts';
import { checkSession, startSession } from './data/session.ts';
import { link } from './data/site.ts';
import { startRouter } from './router.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/floor.css';
import './styles/orders.css';
import './styles/pages.css';
import './styles/tasks.css';

startClock();
startRouter();
void startSession();

// A refused socket looks like a lost one. Ask once per failed attempt whether the session is still good.
effect(() => {
  const now = link.value;
  if (now.state === 'lost' && now.attempt > 0) void checkSession();
});

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
