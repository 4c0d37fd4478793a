import '../styles/forms.css';
import '../styles/task-page.css';

/** What is fetched when a task is looked at closely; the list of tasks is there from the start. */
export { TaskPage } from './task-page.tsx';
