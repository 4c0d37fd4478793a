import '../styles/people.css';

export { PeoplePage } from './people-page.tsx';
