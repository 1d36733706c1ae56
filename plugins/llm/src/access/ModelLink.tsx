import { PageLink, useModelLinks } from '../navigation';
import { modelName } from '../format';
import styles from './ModelLink.module.css';

/** A model, given as `<namespace>/<name>`, by its name and as a link to its page. */
export function ModelLink(props: {
  model: string;
  /** Absent when the model is gone: then there is no page to go to. */
  modelId?: string;
}) {
  const links = useModelLinks();
  const [namespace, name] = props.model.split('/');
  if (props.modelId === undefined) {
    return <strong>{modelName(props.model)}</strong>;
  }
  return (
    <PageLink
      to={links.model({ namespace, name: name ?? '' })}
      className={styles.link}
    >
      {modelName(props.model)}
    </PageLink>
  );
}
