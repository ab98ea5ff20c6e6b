/**
 * The components that a lesson may use by name, without an import line. To give lessons a new one, export it here.
 * (site/markdown/lesson-components.ts reads the names from this file.)
 */
export { Aside, Card, CardGrid, Steps, TabItem, Tabs } from '@astrojs/starlight/components';
export { default as Predict } from './components/Predict.astro';
export { default as Scrub } from './components/Scrub.astro';
export { default as Source } from './components/Source.astro';
export { default as Term } from './components/Term.astro';
export { default as Try } from './components/Try.astro';
export { default as Workspace } from './components/Workspace.astro';
export { default as Figure } from './figures/Figure.astro';
