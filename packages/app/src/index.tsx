import '@backstage/cli/asset-types';
import ReactDOM from 'react-dom/client';
// The stylesheet of Backstage UI comes first: the theme's values replace its own.
import '@backstage/ui/css/styles.css';
import App from './App';

const root = document.getElementById('root');
if (!root) {
  throw new Error('index.html has no element with id "root"');
}
ReactDOM.createRoot(root).render(App.createRoot());
