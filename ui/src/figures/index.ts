import '../styles/figures.css';

export { FiguresPage } from './figures-page.tsx';
