import { PageLink, useModelLinks } from '../navigation';
import { modelName } from '../format';
import styles from './ModelLink.module.css';

/** A model, given as `<namespace>/<name>`, by its name and as a link to its page. */
export function ModelLink(props: { model: string }) {
  const links = useModelLinks();
  const [namespace, name] = props.model.split('/');
  return (
    <PageLink
      to={links.model({ namespace, name: name ?? '' })}
      className={styles.link}
    >
      {modelName(props.model)}
    </PageLink>
  );
}
