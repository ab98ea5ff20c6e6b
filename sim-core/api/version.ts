/** The version of Kubernetes that everything here behaves like. */
export const KUBERNETES_VERSION = 'v1.33.4';
