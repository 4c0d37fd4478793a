import '../styles/sagas.css';
import '../styles/saga-page.css';
import '../styles/diagram.css';
import '../styles/versions.css';

export { SagaPage } from './saga-page.tsx';
export { SagasPage } from './sagas-page.tsx';
export { VersionsPage } from './versions-page.tsx';
