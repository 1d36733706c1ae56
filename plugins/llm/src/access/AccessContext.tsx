import { createContext, ReactNode, useContext, useMemo } from 'react';
import { TenantSummary } from '@slipway/plugin-llm-common';
import { AccessPages, pagesOf, Standing, tenantsToCallFor } from '../standing';

/** Who looks at the page, and what everything on it needs to know about her. */
export interface AccessPerson extends Standing {
  pages: AccessPages;
  /** The tenants that she asks and makes keys for: active ones, and none where a block refuses every call. */
  memberOf: TenantSummary[];
  /** The name of a tenant as people know it; its own name where she is not to know more. */
  tenantName(name: string): string;
}

const Context = createContext<AccessPerson | undefined>(undefined);

/** Says who looks at the page to everything on it. */
export function AccessProvider(props: {
  standing: Standing;
  children: ReactNode;
}) {
  const { standing, children } = props;
  const person = useMemo(
    () => ({
      ...standing,
      pages: pagesOf(standing),
      memberOf: tenantsToCallFor(standing),
      tenantName: (name: string) => nameOf(standing.tenants, name),
    }),
    [standing],
  );
  return <Context.Provider value={person}>{children}</Context.Provider>;
}

/** Who looks at the page. */
export function useAccessPerson(): AccessPerson {
  const person = useContext(Context);
  if (!person) {
    throw new Error('useAccessPerson needs an AccessProvider around it');
  }
  return person;
}

function nameOf(tenants: TenantSummary[], name: string): string {
  return tenants.find(tenant => tenant.name === name)?.displayName ?? name;
}
