import { createDevApp } from '@backstage/frontend-dev-utils';
import llmPlugin from '../src';
import { FakeBackend } from './FakeBackend';
import { fakeBackendModule } from './fakeBackendModule';
import { fakeModels } from './fakeModels';

const GIB = 1024 ** 3;
const backend = new FakeBackend(fakeModels(Date.now()));

// Something moves, so that one sees how the pages follow.
setInterval(() => {
  const coder = backend.models.find(({ name }) => name === 'qwen3-coder-480b');
  const bytesDone = coder?.download?.bytesDone ?? 0;
  const bytesTotal = coder?.download?.bytesTotal ?? 0;
  if (bytesDone < bytesTotal) {
    backend.change('qwen3-coder-480b', {
      download: {
        bytesDone: Math.min(bytesTotal, bytesDone + GIB),
        bytesTotal,
      },
    });
  }
}, 3_000);

createDevApp({ features: [llmPlugin, fakeBackendModule(backend)] });
