export { AccessPage } from './AccessPage';
export { ClaimPage } from './ClaimPage';
