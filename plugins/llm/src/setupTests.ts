import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// Rendering a whole app takes seconds on a machine that is busy with other suites.
configure({ asyncUtilTimeout: 30_000 });

/** jsdom lays nothing out, so nothing ever comes into sight. */
class NothingInSight implements IntersectionObserver {
  readonly root = null;
  readonly rootMargin = '';
  readonly scrollMargin = '';
  readonly thresholds = [];
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}
window.IntersectionObserver = NothingInSight;
