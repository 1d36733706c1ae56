export { claimRemark, renderClaim } from './persistentVolumeClaim';
export { renderDeployment, configHash } from './deployment';
export {
  renderCleanupJob,
  renderDownloadJob,
  renderDownloadScript,
} from './download';
export type { DownloadAttempt } from './download';
export { renderEndpointPicker } from './endpointPicker';
export { renderInferencePool } from './inferencePool';
export { renderNetworkPolicy } from './networkPolicy';
export { renderPodMonitor } from './podMonitor';
export { renderService } from './service';
export { renderServiceAccount } from './serviceAccount';
