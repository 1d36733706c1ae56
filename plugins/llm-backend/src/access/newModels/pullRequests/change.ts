import type { ProposedChange } from '@slipway/plugin-llm-node';
import { stringify } from 'yaml';
import { ModelManifest, ofRequest, refOf } from '../manifest';
import type { ApprovedModel } from '../NewModelWay';

/** Where and how models are proposed. */
export interface ChangeSettings {
  /** Path of a model's file, with `{namespace}` and `{name}`. */
  path: string;
  /** The default branch of the repository if absent. */
  targetBranch?: string;
  /** Base URL of the portal. */
  portalUrl: string;
}

/** Characters of a text that a description holds; hosts take some 65,000 in all. */
const MAX_TEXT = 20_000;

/** The pull request of an approved model. The same request gives the same change, byte by byte, whoever makes it. */
export function changeOf(
  { request, newModel }: ApprovedModel,
  { path, targetBranch, portalUrl }: ChangeSettings,
): ProposedChange {
  const { manifest, round } = newModel;
  const { namespace, name } = manifest.metadata;
  const link = `${portalUrl}/access/requests?request=${request.id}`;
  return {
    branch: `slipway/${request.id}${round > 1 ? `-${round}` : ''}`,
    targetBranch,
    path: path.replaceAll('{namespace}', namespace).replaceAll('{name}', name),
    content: contentOf(manifest, request.id, link),
    title: `Add model ${refOf(manifest)}`,
    description: [
      'A new model, asked for and approved in Slipway. Merging this makes it.',
      [
        `- Model: ${code(refOf(manifest))}`,
        `- Asked for by: ${code(request.requester)} of tenant ${code(
          request.tenant,
        )}, on ${request.createdAt}`,
        `- Approved by: ${code(request.decidedBy ?? 'nobody')}, on ${
          request.decidedAt
        }`,
        `- Request: ${link}`,
      ].join('\n'),
      `What it is for:\n\n${block(request.reason)}`,
      ...(request.expectedLoad === undefined
        ? []
        : [`Expected load:\n\n${block(request.expectedLoad)}`]),
    ].join('\n\n'),
  };
}

/** The manifest as a file. What looks like a number or a truth to a parser of YAML 1.1, as Kubernetes has one, or of 1.2, is quoted. */
function contentOf(
  manifest: ModelManifest,
  requestId: string,
  link: string,
): string {
  return `# Asked for and approved in Slipway: ${link}\n${stringify(
    ofRequest(manifest, requestId),
    { compat: 'yaml-1.1', lineWidth: 0 },
  )}`;
}

/*
 * In code nothing is Markdown: no HTML, no link, and nobody is mentioned. The fence only has to be longer than any in the text.
 */

/** A text of many lines, as it was written. */
function block(text: string): string {
  const clean = printable(text).slice(0, MAX_TEXT);
  const fence = '`'.repeat(Math.max(3, longestRun(clean) + 1));
  return `${fence}text\n${clean}\n${fence}`;
}

/** A text in a line. */
function code(text: string): string {
  const clean = printable(text).replace(/\s+/g, ' ').trim();
  const fence = '`'.repeat(longestRun(clean) + 1);
  return longestRun(clean) === 0
    ? `${fence}${clean}${fence}`
    : `${fence} ${clean} ${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(run => run.length));
}

/** Without what does not show or turns the order of letters around, so that reviewers see what was written. */
function printable(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[^\P{C}\n\t]/gu, '');
}
