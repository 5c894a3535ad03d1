/** How it looks. A page sets the --connector-… variables; light or dark follows the page's own color-scheme. */

const css = `
:host {
  --_font: var(--connector-font, 400 0.9375rem/1.5 system-ui, sans-serif);
  --_text: var(--connector-text, light-dark(#1c2430, #e6e9ee));
  --_quiet: var(--connector-quiet, light-dark(#566072, #a3adbb));
  --_back: var(--connector-background, light-dark(#ffffff, #1a1f27));
  --_raised: var(--connector-raised, light-dark(#ffffff, #232a34));
  --_line: var(--connector-line, light-dark(#d5dae2, #3a4350));
  --_edge: var(--connector-edge, light-dark(#868fa0, #76818f));
  --_accent: var(--connector-accent, light-dark(#1f5fbf, #7fb0ff));
  --_on-accent: var(--connector-on-accent, light-dark(#ffffff, #0d1420));
  --_tint: var(--connector-tint, light-dark(#eaf1fc, #24344d));
  --_bad: var(--connector-bad, light-dark(#b3261e, #ff9d94));
  --_good: var(--connector-good, light-dark(#1b6e3c, #7fd6a0));
  --_warn: var(--connector-warn, light-dark(#835300, #f0c070));
  --_radius: var(--connector-radius, 0.375rem);
  --_gap: var(--connector-gap, 1.25rem);
  display: block;
  font: var(--_font);
  color: var(--_text);
  text-align: start;
}
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
p, h2, ol, ul, fieldset { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
ol, ul { list-style: none; }
h2 { font-size: 1.25em; line-height: 1.3; font-weight: 600; }
form { background: var(--_back); display: grid; gap: var(--_gap); }
form > * { min-inline-size: 0; }
h2 + .hint { margin-block-start: calc(var(--_gap) * -0.8); }
.whole, .content { display: grid; gap: var(--_gap); grid-template-columns: minmax(0, 1fr); }
.whole:empty, .content:empty { display: none; }

label, legend, summary { font-weight: 550; }
label + .combobox { margin-block-start: 0.25rem; }
legend { padding: 0; margin-block-end: 0.25rem; }
.head { display: flex; gap: 0.5rem; justify-content: space-between; align-items: baseline; }
.hint, .note { color: var(--_quiet); font-size: 0.9em; overflow-wrap: anywhere; }
.field > .hint { margin-block-end: 0.375rem; }
.star, .problem, .mark.error, .mark.refused { color: var(--_bad); }
.problem { font-size: 0.9em; margin-block-start: 0.25rem; }
.mark.gone, .mark.own { color: var(--_warn); }
.combobox > .note { margin-block-start: 0.25rem; }
.unseen {
  position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}

input, select, textarea {
  font: inherit; color: inherit; background: var(--_raised);
  inline-size: 100%; min-block-size: 2.5rem; padding: 0.4375rem 0.75rem;
  border: 1px solid var(--_edge); border-radius: var(--_radius);
}
textarea { resize: vertical; display: block; }
textarea.code { font-family: ui-monospace, monospace; font-size: 0.9em; }
::placeholder { color: var(--_quiet); opacity: 1; }
input[type="checkbox"], input[type="radio"] {
  inline-size: 1.125rem; block-size: 1.125rem; min-block-size: 0; margin: 0.1875rem 0 0; padding: 0; flex: none;
  accent-color: var(--_accent);
}
input[type="file"] { padding: 0.3125rem 0.5rem; }
:disabled { opacity: 0.6; }
[aria-invalid="true"] { border-color: var(--_bad); box-shadow: 0 0 0 1px var(--_bad); }
button.lead:focus-visible, :is(input, select, textarea, button, summary, a):focus-visible {
  outline: 2px solid var(--_accent); outline-offset: 1px;
}

label.tick {
  display: flex; gap: 0.625rem; font-weight: 400; align-items: start; padding-block: 0.25rem; min-block-size: 2rem;
}
.field.tick { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: 0.625rem; }
.field.tick > :not(input) { grid-column: 2; }
.field.tick > input { grid-row: 1; grid-column: 1; }
.content.ticks { grid-template-columns: repeat(auto-fill, minmax(min(11rem, 100%), 1fr)); gap: 0 1rem; }

fieldset > .content, details > :not(summary) {
  border-inline-start: 2px solid var(--_line); padding-inline-start: 1rem;
}
fieldset.ways { display: grid; }
fieldset > .hint, fieldset > .content { margin-block-end: 0.5rem; }
fieldset > .content { margin-block-start: 0.5rem; }
details > :not(summary) { margin-block-start: 0.75rem; }
summary { cursor: pointer; border-radius: var(--_radius); padding-block: 0.25rem; }
details.advanced > summary { color: var(--_accent); }
[role="group"] > .hint { margin-block-end: 0.75rem; }
.items { display: grid; gap: 0.75rem; }
.items:empty { display: none; }
.items > li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.5rem; align-items: start; }

button {
  font: inherit; font-weight: 550; color: var(--_text); background: var(--_raised); cursor: pointer;
  border: 1px solid var(--_edge); border-radius: var(--_radius); padding: 0.4375rem 1rem; min-block-size: 2.5rem;
}
button:hover { background: var(--_tint); }
button.main { color: var(--_on-accent); background: var(--_accent); border-color: transparent; }
button.main:hover { filter: brightness(0.94); }
button.main:is(:disabled, [aria-disabled="true"]) { opacity: 0.6; cursor: progress; }
button.small {
  font-size: 0.85em; font-weight: 500; padding: 0.125rem 0.625rem; min-block-size: 1.75rem; color: var(--_accent);
  border-color: var(--_line); background: transparent; justify-self: start;
}
.head > button.small { border-color: transparent; font-weight: 400; }
.head > button.small[aria-pressed="false"] { padding-inline: 0; }
button.small[aria-pressed="true"] { background: var(--_tint); border-color: var(--_accent); }
button.icon {
  padding: 0; inline-size: 2.25rem; min-block-size: 2.25rem; border-color: transparent; background: transparent;
  color: var(--_quiet); font-size: 1.25em; line-height: 1;
}
button.lead { all: unset; color: inherit; text-decoration: underline; cursor: pointer; overflow-wrap: anywhere; }
a { color: var(--_accent); }

.box { position: relative; display: flex; align-items: center; }
.box > input { padding-inline-end: 4.5rem; text-overflow: ellipsis; }
.box > .icon { position: absolute; inset-block-start: calc(50% - 1.125rem); }
.box > .icon[aria-label] { inset-inline-end: 2.25rem; }
.box > .icon.arrow { inset-inline-end: 0.125rem; }
.arrow::before {
  content: ""; display: inline-block; inline-size: 0.5rem; block-size: 0.5rem; border: solid currentColor;
  border-width: 0 2px 2px 0; transform: translateY(-25%) rotate(45deg);
}
.popup {
  position: fixed; inset: auto; margin: 0; padding: 0; overflow: hidden; color: inherit; background: var(--_raised);
  border: 1px solid var(--_line); border-radius: var(--_radius); box-shadow: 0 8px 28px light-dark(#1c243033, #000a);
}
.popup:popover-open { display: flex; flex-direction: column; }
.popup > ul { overflow-y: auto; overscroll-behavior: contain; padding: 0.25rem; min-block-size: 0; }
.popup > ul:empty { display: none; }
[role="option"] {
  display: flex; gap: 0.5rem; align-items: baseline; padding: 0.4375rem 0.5rem 0.4375rem 0.5rem;
  border-radius: calc(var(--_radius) - 2px); cursor: pointer; overflow-wrap: anywhere;
}
[role="option"]::before {
  content: ""; flex: none; inline-size: 0.375rem; block-size: 0.6875rem; margin-inline: 0.1875rem;
}
[role="option"][aria-selected="true"]::before {
  border: solid var(--_accent); border-width: 0 2px 2px 0; transform: rotate(40deg);
}
[role="option"]:hover { background: color-mix(in srgb, var(--_tint) 60%, transparent); }
[role="option"][data-active] { background: var(--_tint); box-shadow: inset 0 0 0 2px var(--_accent); }
[role="option"].own { color: var(--_accent); }
[role="option"] small { color: var(--_quiet); }
.popup .foot {
  display: flex; gap: 0.75rem; justify-content: space-between; align-items: center;
  padding: 0.375rem 0.5rem 0.375rem 0.75rem; border-block-start: 1px solid var(--_line); color: var(--_quiet);
  font-size: 0.9em;
}
ul:empty + .foot { border-block-start: 0; }

.outcome { border-inline-start: 3px solid var(--_line); padding: 0.5rem 0.875rem; overflow-wrap: anywhere; }
.outcome:empty { position: absolute; padding: 0; border: 0; } /* takes no room, and is there to be heard later */
.outcome.good { border-color: var(--_good); color: var(--_good); }
.outcome.bad { border-color: var(--_bad); color: var(--_bad); }
.outcome.unknown { border-color: var(--_warn); color: var(--_warn); }

@media (prefers-reduced-motion: no-preference) { button, summary { transition: background-color 0.12s; } }
@media (forced-colors: active) {
  [role="option"][data-active] { outline: 2px solid Highlight; }
  .arrow::before { border-color: ButtonText; }
  .head > button.small[aria-pressed="false"] { padding-inline: 0.625rem; }
}
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
