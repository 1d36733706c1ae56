import { useCallback, useMemo } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import { useRouteRef } from '@backstage/frontend-plugin-api';
import { ModelKey } from '../api';
import {
  accessRouteRef,
  approvalsRouteRef,
  modelRouteRef,
  modelsRouteRef,
} from '../routes';

/*
 * The only file (with the routers beside it) that knows react-router, so that the coming router-independent navigation of the
 * frontend system is a change in one place.
 */

/** Addresses of our pages; a page that the app has not installed resolves to the usual path. */
export function useModelLinks() {
  const models = useRouteRef(modelsRouteRef);
  const model = useRouteRef(modelRouteRef);
  return useMemo(
    () => ({
      models: () => models?.() ?? '/models',
      model: (key: ModelKey) =>
        model?.({ namespace: key.namespace, name: key.name }) ??
        `/models/${key.namespace}/${key.name}`,
    }),
    [models, model],
  );
}

/** Tabs of the Access page; the first is the page itself. */
export type AccessTab =
  | 'mine'
  | 'requests'
  | 'people'
  | 'why'
  | 'blocks'
  | 'audit';

/** Tabs of the Approvals page; the first is the page itself. */
export type ApprovalsTab = 'open' | 'decided' | 'rules';

/** Addresses of the pages about access. */
export function useAccessLinks() {
  const access = useRouteRef(accessRouteRef);
  const approvals = useRouteRef(approvalsRouteRef);
  return useMemo(() => {
    const accessPath = access?.() ?? '/access';
    const approvalsPath = approvals?.() ?? '/approvals';
    return {
      access: (tab: AccessTab = 'mine', values?: Record<string, string>) =>
        withSearch(
          tab === 'mine' ? accessPath : `${accessPath}/${tab}`,
          values,
        ),
      approvals: (tab: ApprovalsTab = 'open', request?: string) =>
        withSearch(
          tab === 'open' ? approvalsPath : `${approvalsPath}/${tab}`,
          request ? { request } : undefined,
        ),
    };
  }, [access, approvals]);
}

function withSearch(path: string, values?: Record<string, string>): string {
  const search = new URLSearchParams(values).toString();
  return search ? `${path}?${search}` : path;
}

/** A plain link within the portal, for places where many are drawn; elsewhere Backstage UI's. */
export const PageLink = Link;

/**
 * Values in the address's query, so that a filtered list can be shared and the way back keeps it. Setting a value to
 * `undefined` or an empty string removes it.
 */
export function useSearchState(): [
  URLSearchParams,
  (values: Record<string, string | undefined>) => void,
] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (values: Record<string, string | undefined>) =>
      setParams(
        before => {
          const next = new URLSearchParams(before);
          for (const [key, value] of Object.entries(values)) {
            if (value) {
              next.set(key, value);
            } else {
              next.delete(key);
            }
          }
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );
  return [params, set];
}
