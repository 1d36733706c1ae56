export { ModelEntityCard } from './ModelEntityCard';
