/** User and group that all pods of a model run as: what the reference images use, and owner of the files on the volume. */
const USER = 65532;

/** Security context of a pod: nobody is root, system calls are filtered, the volume's files belong to the group. */
export function podSecurityContext(): Record<string, unknown> {
  return {
    runAsNonRoot: true,
    runAsUser: USER,
    runAsGroup: USER,
    fsGroup: USER,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Security context of a container. The server's image writes caches into its own file system, ours don't. */
export function containerSecurityContext(options: {
  readOnly: boolean;
}): Record<string, unknown> {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    ...(options.readOnly ? { readOnlyRootFilesystem: true } : {}),
  };
}
