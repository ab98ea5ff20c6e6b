/**
 * The components that a lesson may use by name, without an import line. To give lessons a new one, export it here.
 * (site/markdown/lesson-components.ts reads the names from this file.)
 */
export { Aside, Card, CardGrid, Steps, TabItem, Tabs } from '@astrojs/starlight/components';
export { default as Workspace } from './components/Workspace.astro';
