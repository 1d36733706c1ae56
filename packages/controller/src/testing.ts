export { FakeClock } from './testing/fakeClock';
export { waitFor } from './testing/waitFor';
