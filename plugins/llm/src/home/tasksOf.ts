import {
  AccessPage,
  GrantSummary,
  KeySummary,
  RequestSummary,
} from '@slipway/plugin-llm-common';
import { endsSoon } from '../access/standingChip';

/** What can wait for a person in the pages about access. */
export type TaskKind = 'keys' | 'grants' | 'answers' | 'decide' | 'confirm';

/** Things of one kind that wait for her. */
export interface Task {
  kind: TaskKind;
  count: number;
  /** Whether there are more than were looked at. */
  more: boolean;
  /** When the first of them ends, times out or is to be confirmed; ISO 8601. */
  by: string;
  /** What the first of them is about: the name of a key, or a model as `<namespace>/<name>`. */
  first: string;
}

/** What is looked at; a list that she can't open is absent. */
export interface TaskLists {
  /** Requests that she may decide. */
  toDecide?: AccessPage<RequestSummary>;
  /** Grants that she may confirm. */
  due?: AccessPage<GrantSummary>;
  /** Her own, as far as they have not ended. */
  requests?: AccessPage<RequestSummary>;
  grants?: AccessPage<GrantSummary>;
  keys?: AccessPage<KeySummary>;
}

/** What waits for her, the most urgent first; nothing for a kind of which nothing waits. */
export function tasksOf(lists: TaskLists, nowMs: number): Task[] {
  const { toDecide, due, requests, grants, keys } = lists;
  const renewed = new Set(
    requests?.items.flatMap(({ renews }) => renews ?? []),
  );
  return [
    taskOf('keys', keys, key => keyEnd(key, nowMs)),
    taskOf('grants', grants, grant => grantEnd(grant, renewed, nowMs)),
    taskOf('answers', requests, request =>
      request.waitsFor === 'requester'
        ? { by: request.expiresAt, about: request.model }
        : undefined,
    ),
    taskOf('decide', toDecide, ({ expiresAt, model }) => ({
      by: expiresAt,
      about: model,
    })),
    taskOf('confirm', due, ({ confirmBy, model, myActions }) =>
      confirmBy !== undefined && myActions.includes('recertify')
        ? { by: confirmBy, about: model }
        : undefined,
    ),
  ]
    .flatMap(task => task ?? [])
    .sort((a, b) => Date.parse(a.by) - Date.parse(b.by));
}

/** When something is to be done, and what it is about. */
interface Deadline {
  by: string;
  about: string;
}

function taskOf<T>(
  kind: TaskKind,
  page: AccessPage<T> | undefined,
  deadlineOf: (item: T) => Deadline | undefined,
): Task | undefined {
  const [first, ...rest] = (page?.items ?? [])
    .flatMap(item => deadlineOf(item) ?? [])
    .sort((a, b) => Date.parse(a.by) - Date.parse(b.by));
  return (
    first && {
      kind,
      count: rest.length + 1,
      more: page?.nextCursor !== undefined,
      by: first.by,
      first: first.about,
    }
  );
}

/** A key that has a successor was taken care of. */
function keyEnd(key: KeySummary, nowMs: number): Deadline | undefined {
  const { expiresAt, unusedEndsAt, successorId, standing, myActions } = key;
  const by =
    unusedEndsAt && Date.parse(unusedEndsAt) < Date.parse(expiresAt)
      ? unusedEndsAt
      : expiresAt;
  return standing.state === 'valid' &&
    successorId === undefined &&
    myActions.includes('rotate') &&
    endsSoon(by, nowMs)
    ? { by, about: key.name }
    : undefined;
}

/** A grant whose renewal waits for somebody else was taken care of. */
function grantEnd(
  { id, expiresAt, model, myActions, standing }: GrantSummary,
  renewed: ReadonlySet<string>,
  nowMs: number,
): Deadline | undefined {
  return standing.state === 'valid' &&
    myActions.includes('renew') &&
    !renewed.has(id) &&
    endsSoon(expiresAt, nowMs)
    ? { by: expiresAt, about: model }
    : undefined;
}
