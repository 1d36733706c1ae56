import { ReactElement, ReactNode } from 'react';
import { ButtonLink } from '@backstage/ui';
import { Words } from './Words';
import styles from './ActionList.module.css';

/** Things to do, one below the other, for a card without padding. */
export function ActionList(props: {
  /** Its {@link ActionRow}s. */
  children: ReactNode;
}) {
  return <ul className={styles.list}>{props.children}</ul>;
}

/** Something to do: what, why, and the button that leads there. */
export function ActionRow(props: {
  /** Says nothing that the title does not. */
  icon: ReactElement;
  title: string;
  text: ReactNode;
  /** Where the button leads. */
  href: string;
  button: string;
  /** Whether this is what to do first. */
  primary?: boolean;
}) {
  return (
    <li>
      <span aria-hidden="true" className={styles.icon}>
        {props.icon}
      </span>
      <Words title={props.title} quiet>
        {props.text}
      </Words>
      <ButtonLink
        className={styles.button}
        href={props.href}
        variant={props.primary ? 'primary' : 'secondary'}
      >
        {props.button}
      </ButtonLink>
    </li>
  );
}
