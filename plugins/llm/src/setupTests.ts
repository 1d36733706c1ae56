import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// Rendering a whole app takes seconds on a machine that is busy with other suites.
configure({ asyncUtilTimeout: 30_000 });
