import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import { root } from './paths.mjs';
import { Advice } from './say.mjs';

const NAMESPACE = 'slipway';
const MANAGER = 'npm-start';

/** One request to the Kubernetes API, with JSON. */
function call({ apiUrl, ca, token }, method, urlPath, body, contentType) {
  return new Promise((resolve, reject) => {
    const request = https.request(
      new URL(urlPath, apiUrl),
      {
        method,
        ca,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': contentType ?? 'application/json',
        },
      },
      response => {
        const chunks = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          if (response.statusCode >= 400) {
            reject(new Advice(`${method} ${urlPath}: ${answer.message}`));
          } else {
            resolve(answer);
          }
        });
      },
    );
    request.once('error', reject);
    request.end(JSON.stringify(body));
  });
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** Everything that the chart's portal and operator may do, for service accounts of these names. */
function objects(rules) {
  const subject = name => [
    { kind: 'ServiceAccount', name, namespace: NAMESPACE },
  ];
  const roleRef = (kind, name) => ({
    apiGroup: 'rbac.authorization.k8s.io',
    kind,
    name,
  });
  const account = name => ({
    path: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}`,
    object: { apiVersion: 'v1', kind: 'ServiceAccount' },
  });
  const clusterRole = (name, own) => [
    {
      path: `${rbac}/clusterroles/${name}`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        rules: own,
      },
    },
    {
      path: `${rbac}/clusterrolebindings/${name}`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        roleRef: roleRef('ClusterRole', name),
        subjects: subject(name),
      },
    },
  ];
  const inNamespace = `${rbac}/namespaces/${NAMESPACE}`;
  return [
    {
      path: `/api/v1/namespaces/${NAMESPACE}`,
      object: { apiVersion: 'v1', kind: 'Namespace' },
    },
    account('slipway-portal'),
    account('slipway-operator'),
    ...clusterRole('slipway-portal', rules.portal),
    ...clusterRole('slipway-operator', rules.operator),
    {
      path: `${inNamespace}/roles/slipway-operator`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        rules: rules.operatorNamespace,
      },
    },
    {
      path: `${inNamespace}/rolebindings/slipway-operator`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        roleRef: roleRef('Role', 'slipway-operator'),
        subjects: subject('slipway-operator'),
      },
    },
  ];
}

function kubeconfig(sandbox, token) {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'sandbox',
    clusters: [
      {
        name: 'sandbox',
        cluster: {
          server: sandbox.apiUrl,
          'certificate-authority': sandbox.caFile,
        },
      },
    ],
    users: [{ name: 'slipway', user: { token } }],
    contexts: [
      {
        name: 'sandbox',
        context: { cluster: 'sandbox', user: 'slipway', namespace: NAMESPACE },
      },
    ],
  });
}

/**
 * Gives portal and operator the rights that the chart would give them on a real cluster, and no more. Writes a kubeconfig for each into `folder`.
 *
 * @returns `{ portalToken, portalKubeconfig, operatorKubeconfig }`
 */
export async function installRights(sandbox, folder) {
  const { parse } = await import('yaml');
  const rulesOf = file =>
    parse(readFileSync(path.join(root, 'charts/slipway/files', file), 'utf8'));
  const server = {
    apiUrl: sandbox.apiUrl,
    ca: readFileSync(sandbox.caFile),
    token: sandbox.adminToken,
  };
  const rules = {
    portal: [
      ...rulesOf('portal-cluster-rules.yaml'),
      ...rulesOf('portal-new-model-rules.yaml'),
    ],
    operator: rulesOf('operator-cluster-rules.yaml'),
    operatorNamespace: rulesOf('operator-namespace-rules.yaml'),
  };
  for (const { path: urlPath, object } of objects(rules)) {
    await call(
      server,
      'PATCH',
      `${urlPath}?fieldManager=${MANAGER}&force=true`,
      { ...object, metadata: { name: path.posix.basename(urlPath) } },
      'application/apply-patch+yaml',
    );
  }
  const tokenFor = async name => {
    const { status } = await call(
      server,
      'POST',
      `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 7 * 24 * 3600 },
      },
    );
    return status.token;
  };
  const [portalToken, operatorToken] = await Promise.all(
    ['slipway-portal', 'slipway-operator'].map(tokenFor),
  );
  const portalKubeconfig = path.join(folder, 'portal.kubeconfig');
  const operatorKubeconfig = path.join(folder, 'operator.kubeconfig');
  await writeFile(portalKubeconfig, kubeconfig(sandbox, portalToken), {
    mode: 0o600,
  });
  await writeFile(operatorKubeconfig, kubeconfig(sandbox, operatorToken), {
    mode: 0o600,
  });
  return { portalToken, portalKubeconfig, operatorKubeconfig };
}
