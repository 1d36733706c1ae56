/** API group and version of tenants. */
export const TENANT_API_VERSION = 'slipway.dev/v1alpha1';

/** The fields of a `Tenant` that are read here; the API server has checked them against its schema. It has no namespace. */
export interface TenantResource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; uid?: string; resourceVersion?: string };
  spec: {
    displayName: string;
    /** Entity refs of users and groups. */
    owners: string[];
    /** Groups as identity tokens name them, with or without a leading slash. */
    memberGroups?: string[];
    state?: 'active' | 'suspended';
  };
}
