import { ClusterApi, StoredObject } from '../../types';
import { kinds } from '../kinds';
import { ContainerSpec } from '../programs/program';
import { quantity } from '../quantities';
import { VolumeContent, VolumeStore } from '../storage/volumeStore';

interface Volume {
  name: string;
  emptyDir?: { sizeLimit?: string; medium?: string };
  persistentVolumeClaim?: { claimName: string };
  image?: { reference: string };
  secret?: { secretName: string; optional?: boolean };
  configMap?: { name: string; optional?: boolean };
  projected?: {
    sources?: {
      secret?: { name: string; optional?: boolean };
      configMap?: { name: string; optional?: boolean };
    }[];
  };
}

/** Room of an emptyDir without a limit: the node's disk. */
const NODE_DISK_BYTES = 2 ** 41;

/** Weights in an OCI image, when nobody has said otherwise. */
export const IMAGE_BYTES = 8e9;

/** Why a volume can't be mounted yet. */
export interface MountProblem {
  reason: 'FailedMount' | 'FailedAttachVolume';
  message: string;
}

/** The first volume whose Secret or ConfigMap is not there (`pkg/kubelet/volumemanager`). */
export function missingSource(
  cluster: ClusterApi,
  pod: StoredObject,
): MountProblem | undefined {
  for (const volume of volumesOf(pod)) {
    const what = missingIn(cluster, pod, volume);
    if (!what) continue;
    const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${what} not found`;
    return { reason: 'FailedMount', message };
  }
  return undefined;
}

function missingIn(
  cluster: ClusterApi,
  pod: StoredObject,
  volume: Volume,
): string | undefined {
  const { namespace } = pod.metadata;
  const sources = [
    {
      secret: volume.secret && {
        ...volume.secret,
        name: volume.secret.secretName,
      },
      configMap: volume.configMap,
    },
    ...(volume.projected?.sources ?? []),
  ];
  for (const { secret, configMap } of sources) {
    if (
      secret &&
      !secret.optional &&
      !cluster.get(kinds.secrets, namespace, secret.name)
    ) {
      return `secret "${secret.name}"`;
    }
    if (
      configMap &&
      !configMap.optional &&
      !cluster.get(kinds.configMaps, namespace, configMap.name)
    ) {
      return `configmap "${configMap.name}"`;
    }
  }
  return undefined;
}

/** Images that a container mounts as volumes. */
export function mountedImages(
  pod: StoredObject,
  container: ContainerSpec,
): string[] {
  const mounted = new Set(container.volumeMounts?.map(({ name }) => name));
  return volumesOf(pod).flatMap(({ name, image }) =>
    image && mounted.has(name) ? [image.reference] : [],
  );
}

/** The claims of a pod that only one node at a time may mount, with the names of their volumes. */
export function exclusiveClaims(
  cluster: ClusterApi,
  pod: StoredObject,
): { uid: string; volumeName: string }[] {
  return volumesOf(pod).flatMap(({ persistentVolumeClaim }) => {
    if (!persistentVolumeClaim) return [];
    const claim = cluster.get(
      kinds.claims,
      pod.metadata.namespace,
      persistentVolumeClaim.claimName,
    );
    const modes: string[] = claim?.spec.accessModes ?? [];
    if (!claim || modes.some(mode => mode.endsWith('Many'))) return [];
    return [{ uid: claim.metadata.uid, volumeName: claim.spec.volumeName }];
  });
}

/** The volume and the path on it that a path in a container leads to. */
export function locate(
  cluster: ClusterApi,
  store: VolumeStore,
  pod: StoredObject,
  container: ContainerSpec,
  path: string,
): { volume: VolumeContent; path: string } | undefined {
  const wanted = trim(path);
  const mounts = (container.volumeMounts ?? [])
    .filter(({ mountPath }) => `${wanted}/`.startsWith(`${trim(mountPath)}/`))
    .sort((a, b) => b.mountPath.length - a.mountPath.length);
  if (mounts.length === 0) return undefined;
  const [{ name, mountPath, subPath }] = mounts;
  const volume = volumesOf(pod).find(other => other.name === name);
  const content = volume && contentOf(cluster, store, pod, volume);
  if (!content) return undefined;
  const inner = trim(wanted.slice(trim(mountPath).length));
  return { volume: content, path: trim(`${subPath ?? ''}/${inner}`) };
}

/** Forgets the directories and image volumes that only this pod had. */
export function forgetEmptyDirs(store: VolumeStore, pod: StoredObject): void {
  for (const { name, emptyDir, image } of volumesOf(pod)) {
    if (emptyDir || image) store.forget(`${pod.metadata.uid}/${name}`);
  }
}

function contentOf(
  cluster: ClusterApi,
  store: VolumeStore,
  pod: StoredObject,
  { name, emptyDir, image, persistentVolumeClaim }: Volume,
): VolumeContent | undefined {
  const { namespace, uid } = pod.metadata;
  if (emptyDir) {
    const limit = quantity(emptyDir.sizeLimit);
    const owner = {
      kind: 'emptyDir' as const,
      uid: `${uid}/${name}`,
      key: `${namespace}/${pod.metadata.name}`,
    };
    return store.open(owner, limit > 0 ? limit : NODE_DISK_BYTES);
  }
  if (image) return imageContent(store, pod, name, image.reference);
  if (!persistentVolumeClaim) return undefined;
  const claim = cluster.get(
    kinds.claims,
    namespace,
    persistentVolumeClaim.claimName,
  );
  if (!claim) return undefined;
  const owner = {
    kind: 'claim' as const,
    uid: claim.metadata.uid,
    key: `${namespace}/${claim.metadata.name}`,
  };
  return store.open(owner, quantity(claim.spec.resources.requests.storage));
}

/** An image with weights carries them under `/models`. */
function imageContent(
  store: VolumeStore,
  { metadata }: StoredObject,
  name: string,
  reference: string,
): VolumeContent {
  const key = `${metadata.namespace}/${metadata.name}`;
  const content = store.open(
    { kind: 'image', uid: `${metadata.uid}/${name}`, key },
    IMAGE_BYTES,
  );
  content.weights.set('models', {
    bytes: IMAGE_BYTES,
    complete: true,
    modelId: reference,
  });
  return content;
}

function volumesOf(pod: StoredObject): Volume[] {
  return pod.spec.volumes ?? [];
}

function trim(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
