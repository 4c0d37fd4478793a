import '../styles/docks.css';
import '../styles/forms.css';

export { BookingPage } from './booking-page.tsx';
export { DocksPage } from './docks-page.tsx';
