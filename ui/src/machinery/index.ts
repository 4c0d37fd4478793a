import '../styles/machinery.css';

export { MachineryPage } from './machinery-page.tsx';
