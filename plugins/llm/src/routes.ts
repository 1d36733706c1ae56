import {
  createRouteRef,
  createSubRouteRef,
} from '@backstage/frontend-plugin-api';

/** The Models page, `/models` unless the app configures another path. */
export const modelsRouteRef = createRouteRef();

/** The page of one model. */
export const modelRouteRef = createSubRouteRef({
  parent: modelsRouteRef,
  path: '/:namespace/:name',
});

/** The Access page, `/access`. */
export const accessRouteRef = createRouteRef();

/** The Approvals page, `/approvals`. */
export const approvalsRouteRef = createRouteRef();
