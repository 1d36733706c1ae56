import { Fragment } from 'react';
import { EntityDisplayName } from '@backstage/plugin-catalog-react';
import { PageLink, useAccessLinks } from '../navigation';
import { shortId } from './shortId';
import styles from './ModelLink.module.css';

/** An entity ref of a person or a group, or the id of a request, as sentences of the backend hold them. */
const NAMED = /((?:user|group):[\w.-]+\/[\w.-]*\w|req_[0-9a-f]{32})/;

/** A sentence of the backend, in which people and groups are called by their names, and requests can be opened. */
export function WithPeople(props: { text: string }) {
  return (
    <>
      {props.text.split(NAMED).map((part, index) =>
        // What is caught by the pattern stands at each second place.
        index % 2 === 1 ? (
          <Named key={`${index} ${part}`} name={part} />
        ) : (
          <Fragment key={`${index} ${part}`}>{part}</Fragment>
        ),
      )}
    </>
  );
}

function Named(props: { name: string }) {
  const { name } = props;
  const links = useAccessLinks();
  if (name.startsWith('req_')) {
    return (
      <PageLink
        className={styles.link}
        to={links.access('requests', { request: name })}
        title={name}
      >
        {shortId(name)}
      </PageLink>
    );
  }
  // Also whoever looks: "You" would not fit into every sentence.
  return (
    <span title={name}>
      <EntityDisplayName entityRef={name} hideIcon disableTooltip />
    </span>
  );
}
