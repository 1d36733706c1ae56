export { FakeClock } from './testing/fakeClock';
export { FakeKubeClient } from './testing/fakeKubeClient';
export type { FakeCall } from './testing/fakeKubeClient';
export { waitFor } from './testing/waitFor';
