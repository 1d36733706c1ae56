/*
 * CustomResourceDefinitions: what they are, and what they say about objects. All of it is pure and knows nothing of the server.
 *
 *   compileCrd      a definition → one `ServedKind` per served version, whose schema (`SchemaNode`) is built as far as values need it
 *   prune, defaults, validateValue, listTypes, cel/rules
 *                   what a schema does to a value, in this order; `validateObject` joins the last three. Wording and order are those of
 *                   apiextensions-apiserver and kube-openapi, checked by recordings of a real server
 *   cel/            rules on `@bufbuild/cel`: values as their schema types them (`values`), Kubernetes' functions (`functions`), and for
 *                   definitions a type check and a cost estimate (`analyze`, `checkRules`). A rule that cannot be evaluated here ends
 *                   the request with 501; it never passes
 *   validateCrd, crdSchema, crdSchemaChecks, crdNames, crdDefaults
 *                   definitions themselves
 *   validateManifest
 *                   all of it without a server, for tests of what an operator generates
 *
 * Known differences from a server: `==` on lists of type set and map minds their order; of failed `anyOf` and `oneOf` alternatives the
 * first is reported, not the best; conversion webhooks, and the CEL libraries for formats and semantic versions are missing. Of embedded
 * resources apiVersion, kind and metadata are not checked; of definitions it is not checked that what combinators mention is listed outside
 * of them, too, nor that schemas restrict no metadata but names.
 */
export { compileCrd } from './compileCrd';
export { defaultCrd } from './crdDefaults';
export { checkCrdNames } from './crdNames';
export { crdChangeErrors, validateCrd } from './validateCrd';
export { createManifestValidator } from './validateManifest';
export type { ManifestValidator, Violation } from './validateManifest';
