import { lazy, Suspense } from 'react';
import { Route, Routes, useParams } from 'react-router-dom';
import { Progress } from '@backstage/frontend-plugin-api';
import { LastingDialogs } from '../components/LastingDialogs';
import { AccessTab, ApprovalsTab } from './navigation';

const AccessPage = lazy(() =>
  import('../access').then(module => ({ default: module.AccessPage })),
);
const ClaimPage = lazy(() =>
  import('../access').then(module => ({ default: module.ClaimPage })),
);
const ApprovalsPage = lazy(() =>
  import('../approvals').then(module => ({ default: module.ApprovalsPage })),
);

const accessTabs: readonly AccessTab[] = [
  'requests',
  'people',
  'why',
  'blocks',
  'audit',
];
const approvalsTabs: readonly ApprovalsTab[] = ['decided', 'rules'];

function ClaimRoute() {
  const { id = '' } = useParams();
  return <ClaimPage key={id} id={id} />;
}

/** The pages under `/access`. */
export function AccessRouter() {
  return (
    <LastingDialogs>
      <Suspense fallback={<Progress />}>
        <Routes>
          {accessTabs.map(tab => (
            <Route key={tab} path={tab} element={<AccessPage tab={tab} />} />
          ))}
          <Route path="claims/:id" element={<ClaimRoute />} />
          <Route path="*" element={<AccessPage tab="mine" />} />
        </Routes>
      </Suspense>
    </LastingDialogs>
  );
}

/** The pages under `/approvals`. */
export function ApprovalsRouter() {
  return (
    <Suspense fallback={<Progress />}>
      <Routes>
        {approvalsTabs.map(tab => (
          <Route key={tab} path={tab} element={<ApprovalsPage tab={tab} />} />
        ))}
        <Route path="*" element={<ApprovalsPage tab="open" />} />
      </Routes>
    </Suspense>
  );
}
