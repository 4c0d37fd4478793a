import '../styles/forms.css';
import '../styles/dead-letters.css';

export { DeadLetterPage } from './dead-letter-page.tsx';
export { DeadLettersPage } from './dead-letters-page.tsx';
