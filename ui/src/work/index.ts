import '../styles/forms.css';
import '../styles/work.css';

export { WorkPage } from './work-page.tsx';
