export {
  pagesOf,
  refusalOf,
  tenantsToCallFor,
  type AccessPages,
  type Standing,
} from './pagesOf';
export { useStanding } from './useStanding';
export { useAccessNavigation, type PageNotice } from './useAccessNavigation';
export { useOutsiderWords, useRefusalWords } from './useRefusalWords';
