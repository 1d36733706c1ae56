export { pagesOf, type AccessPages, type Standing } from './pagesOf';
export { useStanding } from './useStanding';
export { useAccessNavigation, type PageNotice } from './useAccessNavigation';
