import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter, lintGutter } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, type Tooltip } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { basicSetup } from 'codemirror';
import type { Strings } from '../i18n/index.ts';

export interface EditorOptions {
  readonly words: Strings['workspace'];
  /** Takes what was written. */
  write(text: string): void;
  /** Hears how many problems the file has. */
  problems(count: number): void;
  /** Ctrl-S: whoever waits for the text may have it. */
  save?(): void;
}

/** What knows of manifests, loaded with the first one. */
const help = () => import('./manifest-help.ts');

/** What knows of learners' components, loaded with the first one. */
const learnerHelp = () => import('./learner-help.ts');

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.content], color: 'var(--ink)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--state-terminating-ink)' },
  { tag: [tags.comment, tags.meta], color: 'var(--ink-faint)' },
  { tag: [tags.punctuation, tags.separator], color: 'var(--ink-soft)' },
]);

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--paper-raised)', color: 'var(--ink)', fontSize: '0.9063rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-code)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--accent)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--paper-raised)', color: 'var(--ink-faint)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--paper)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-wash)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--paper-raised)', border: '1px solid var(--line)', color: 'var(--ink)' },
  '.cm-tooltip-hover': { maxWidth: '32rem', padding: '0.5rem 0.75rem', fontFamily: 'var(--font-text)' },
  '.cm-field-name': { fontFamily: 'var(--font-code)', fontWeight: '600' },
  '.cm-field-kind': { color: 'var(--ink-faint)', marginInlineStart: '0.5rem' },
  '.cm-field-text': { margin: '0.25rem 0 0', color: 'var(--ink-soft)', fontSize: '0.875rem', whiteSpace: 'pre-line' },
  '.cm-completionInfo': { maxWidth: '22rem', fontFamily: 'var(--font-text)', fontSize: '0.875rem' },
  '.cm-completionDetail': { color: 'var(--ink-faint)', fontStyle: 'normal' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-wash)', color: 'var(--ink)' },
  '.cm-diagnostic': { padding: '0.375rem 0.625rem', fontFamily: 'var(--font-text)' },
  '.cm-foldGutter': { display: 'none' },
  '.cm-panels': { backgroundColor: 'var(--paper)', color: 'var(--ink)' },
});

/** Before the names of texts that are no files of the learner's. */
const TEMPORARY = '\0';

/** A CodeMirror editor for one file at a time, each with its own undo history. */
export class Editor {
  private readonly view: EditorView;
  private readonly options: EditorOptions;
  private readonly label = new Compartment();
  private readonly language = new Compartment();
  private readonly states = new Map<string, EditorState>();
  private name: string | undefined;

  constructor(host: HTMLElement, options: EditorOptions) {
    this.options = options;
    this.view = new EditorView({ parent: host, state: this.stateOf('', '') });
  }

  /** Shows a file, or the text that something else wrote into it. */
  show(name: string | undefined, text: string, label: string): void {
    const { view } = this;
    if (name !== this.name) {
      if (this.name !== undefined && !this.name.startsWith(TEMPORARY)) this.states.set(this.name, view.state);
      this.name = name;
      const kept = name === undefined ? undefined : this.states.get(name);
      view.setState(kept?.doc.toString() === text ? kept : this.stateOf(text, label));
      if (this.isTypeScript) void this.speakTypeScript();
    } else if (view.state.doc.toString() !== text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    }
  }

  /** Shows a text that is no file of the learner's, from its beginning. */
  open(name: string, text: string, label: string): void {
    if (this.name !== undefined && !this.name.startsWith(TEMPORARY)) this.states.set(this.name, this.view.state);
    this.name = `${TEMPORARY}${name}`;
    this.view.setState(this.stateOf(text, label));
  }

  focus(): void {
    this.view.focus();
  }

  close(): void {
    this.view.destroy();
  }

  private save(): boolean {
    this.options.save?.();
    return true;
  }

  private stateOf(doc: string, label: string): EditorState {
    const { options } = this;
    return EditorState.create({
      doc,
      extensions: [
        keymap.of([{ key: 'Mod-s', run: () => this.save(), preventDefault: true }]),
        basicSetup,
        this.language.of(this.isTypeScript ? [] : yaml()),
        EditorState.tabSize.of(2),
        syntaxHighlighting(colours),
        look,
        lintGutter(),
        linter((view) => this.lint(view), { delay: 250 }),
        autocompletion({ override: [(context) => this.complete(context)], icons: false }),
        hoverTooltip((view, position) => this.explain(view, position)),
        this.label.of(EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.write(update.state.doc.toString());
        }),
      ],
    });
  }

  private get isTypeScript(): boolean {
    return this.name?.endsWith('.ts') === true;
  }

  private async speakTypeScript(): Promise<void> {
    const { typescript } = await learnerHelp();
    if (this.isTypeScript) this.view.dispatch({ effects: this.language.reconfigure(typescript()) });
  }

  private get isManifest(): boolean {
    return this.name !== undefined && /\.(ya?ml|json)$/.test(this.name);
  }

  private async lint({ state }: EditorView): Promise<Diagnostic[]> {
    if (!this.isManifest) {
      this.options.problems(0);
      return [];
    }
    const { length } = state.doc;
    const { lintManifests } = await help();
    const found = lintManifests(state.doc.toString(), this.options.words.lint);
    this.options.problems(found.length);
    return found.map(({ from, to, severity, message }) => {
      const start = Math.min(from, length);
      return { from: start, to: Math.min(Math.max(to, start), length), severity, message };
    });
  }

  private async complete({ state, pos, explicit }: CompletionContext): Promise<CompletionResult | null> {
    if (this.isTypeScript) {
      const found = (await learnerHelp()).learnerSuggestions(state.doc.toString(), pos);
      if (found === undefined || (!explicit && found.from === pos && state.sliceDoc(pos - 1, pos) !== '.')) return null;
      return {
        from: found.from,
        options: found.options.map(({ name, signature, doc }) => ({
          label: name,
          detail: signature.slice(0, 60),
          ...(doc === '' ? {} : { info: () => paragraph(doc) }),
        })),
        validFor: /^\w*$/,
      };
    }
    if (!this.isManifest) return null;
    const { suggestionsAt, describe } = await help();
    const found = suggestionsAt(state.doc.toString(), pos);
    // Without a letter typed, or a key asked for, nothing springs up.
    if (found === undefined || (!explicit && found.from === pos)) return null;
    // What is written out already is not offered: Enter then ends the line.
    const labels = new Set(found.suggestions.map(({ label }) => label));
    if (labels.has(state.sliceDoc(found.from, pos))) return null;
    return {
      from: found.from,
      options: found.suggestions.map(({ label, detail, text, required, about }) => ({
        label,
        detail,
        apply: text,
        boost: required ? 1 : 0,
        ...(about === undefined ? {} : { info: async () => paragraph(await describe(about.type, about.field)) }),
      })),
      validFor: (typed) => /^[\w./-]*$/.test(typed) && !labels.has(typed),
    };
  }

  private async explain({ state }: EditorView, position: number): Promise<Tooltip | null> {
    if (this.isTypeScript) {
      const found = (await learnerHelp()).explainLearnerName(state.doc.toString(), position);
      if (found === undefined) return null;
      return {
        pos: found.from,
        end: found.to,
        above: true,
        create: () => {
          const dom = document.createElement('div');
          for (const { owner, signature, doc } of found.names) {
            const name = document.createElement('div');
            name.className = 'cm-field-name';
            name.textContent = owner === '' ? signature : `${owner}.${signature}`;
            dom.append(name, paragraph(doc));
          }
          return { dom };
        },
      };
    }
    if (!this.isManifest) return null;
    const { explainAt } = await help();
    const found = await explainAt(state.doc.toString(), position);
    if (found === undefined) return null;
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create: () => {
        const dom = document.createElement('div');
        const name = document.createElement('span');
        name.className = 'cm-field-name';
        name.textContent = found.name;
        const kind = document.createElement('span');
        kind.className = 'cm-field-kind';
        kind.textContent = found.detail;
        dom.append(name, kind, paragraph(found.description));
        return { dom };
      },
    };
  }
}

/** A description of the API's, which is English in every language of the book. */
function paragraph(text: string): HTMLElement {
  const element = document.createElement('p');
  element.className = 'cm-field-text';
  element.lang = 'en';
  element.textContent = text;
  return element;
}
