/** kube-scheduler: a framework, its plugins, and the loop that runs them. */
export { defaultPlugins, defaultProfile } from './default-profile.ts';
export * from './explain.ts';
export { explanationText } from './explanation-text.ts';
export * from './framework.ts';
export * from './start.ts';
export { type Code, Status } from './status.ts';
