import { Fragment } from 'react';
import { PersonName } from './PersonName';

/** An entity ref of a person or a group, as sentences of the backend hold it. */
const REF = /((?:user|group):[\w.-]+\/[\w.-]*\w)/;

/** A sentence of the backend, in which people and groups are called by their names. */
export function WithPeople(props: { text: string }) {
  return (
    <>
      {props.text.split(REF).map((part, index) =>
        // What is caught by the pattern stands at each second place.
        index % 2 === 1 ? (
          <PersonName key={`${index} ${part}`} entityRef={part} />
        ) : (
          <Fragment key={`${index} ${part}`}>{part}</Fragment>
        ),
      )}
    </>
  );
}
