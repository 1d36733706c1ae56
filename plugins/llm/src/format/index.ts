export * from './format';
export * from './names';
export { Age } from './Age';
export { useNow } from './useNow';
export { DateTime } from './DateTime';
