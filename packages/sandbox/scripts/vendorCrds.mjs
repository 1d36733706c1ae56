#!/usr/bin/env node
/*
 * Makes packages/sandbox/crds from the upstream projects' CustomResourceDefinitions:
 *
 *   node scripts/vendorCrds.mjs <folder>
 *
 * <folder> holds one folder per project with the unchanged YAML files, named <plural>.<group>.yaml. Descriptions of schemas are dropped
 * (they are three quarters of the size and nothing reads them); nothing else is changed. NOTICE.md is kept by hand.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import YAML from 'yaml';

/** What the operator generates or the sandbox's platform uses, by project. */
export const selection = {
  'gateway-api-v1.5.1': [
    'gatewayclasses.gateway.networking.k8s.io',
    'gateways.gateway.networking.k8s.io',
    'httproutes.gateway.networking.k8s.io',
    'referencegrants.gateway.networking.k8s.io',
    'backendtlspolicies.gateway.networking.k8s.io',
  ],
  'envoy-gateway-v1.8.3': [
    'securitypolicies.gateway.envoyproxy.io',
    'clienttrafficpolicies.gateway.envoyproxy.io',
    'backendtrafficpolicies.gateway.envoyproxy.io',
    'backends.gateway.envoyproxy.io',
  ],
  'envoy-gateway': ['httproutefilters.gateway.envoyproxy.io'],
  'envoy-ai-gateway': [
    'aigatewayroutes.aigateway.envoyproxy.io',
    'aiservicebackends.aigateway.envoyproxy.io',
    'backendsecuritypolicies.aigateway.envoyproxy.io',
  ],
  'gateway-api-inference-extension': [
    'inferencepools.inference.networking.k8s.io',
  ],
  'prometheus-operator': ['podmonitors.monitoring.coreos.com'],
};

/** A schema without the descriptions of its nodes; properties that are called `description` stay. */
export function withoutDescriptions(schema) {
  const { description: _dropped, ...rest } = schema;
  if (rest.properties) {
    rest.properties = Object.fromEntries(
      Object.entries(rest.properties).map(([name, child]) => [
        name,
        withoutDescriptions(child),
      ]),
    );
  }
  for (const word of ['items', 'additionalProperties', 'not']) {
    if (typeof rest[word] === 'object') {
      rest[word] = withoutDescriptions(rest[word]);
    }
  }
  for (const word of ['allOf', 'anyOf', 'oneOf']) {
    if (rest[word]) rest[word] = rest[word].map(withoutDescriptions);
  }
  return rest;
}

/** A CustomResourceDefinition as it is vendored. */
export function vendored(yaml) {
  const crd = YAML.parse(yaml);
  for (const version of crd.spec.versions) {
    version.schema.openAPIV3Schema = withoutDescriptions(
      version.schema.openAPIV3Schema,
    );
  }
  return crd;
}

const target = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '..',
  'crds',
);

function main(folder) {
  for (const [project, names] of Object.entries(selection)) {
    for (const name of names) {
      const yaml = fs.readFileSync(
        path.join(folder, project, `${name}.yaml`),
        'utf8',
      );
      const file = path.join(target, `${name}.json`);
      fs.writeFileSync(file, `${JSON.stringify(vendored(yaml))}\n`);
      process.stdout.write(`${path.basename(file)}\n`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder] = process.argv;
  if (!folder) {
    process.stderr.write('usage: node scripts/vendorCrds.mjs <folder>\n');
    process.exit(2);
  }
  main(folder);
}
