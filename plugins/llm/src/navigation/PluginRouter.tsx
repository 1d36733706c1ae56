import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router-dom';
import {
  NotFoundErrorPage,
  Progress,
  useRouteRefParams,
} from '@backstage/frontend-plugin-api';
import { LastingDialogs } from '../components/LastingDialogs';
import { modelRouteRef } from '../routes';

const ModelsPage = lazy(() =>
  import('../models').then(module => ({ default: module.ModelsPage })),
);
const ModelPage = lazy(() =>
  import('../model').then(module => ({ default: module.ModelPage })),
);

function ModelRoute() {
  const { namespace, name } = useRouteRefParams(modelRouteRef);
  // Another model is another page: nothing of the last one may stay.
  return (
    <ModelPage key={`${namespace}/${name}`} namespace={namespace} name={name} />
  );
}

/** The pages under `/models`. */
export function PluginRouter() {
  return (
    <LastingDialogs>
      <Suspense fallback={<Progress />}>
        <Routes>
          <Route path="/" element={<ModelsPage />} />
          <Route path={modelRouteRef.path} element={<ModelRoute />} />
          <Route path="*" element={<NotFoundErrorPage />} />
        </Routes>
      </Suspense>
    </LastingDialogs>
  );
}
