import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// Rendering a whole app takes seconds on a machine that is busy with other suites.
configure({ asyncUtilTimeout: 10_000 });
jest.setTimeout(60_000);
