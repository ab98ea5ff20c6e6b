/**
 * A quotation that is wider or longer than its place scrolls, so keys have to reach it; one that fits is no stop for them. It is decided
 * before the frame in which it is seen: a font that came or a pane that was dragged may change it at any time. Expressive Code
 * looks only at the outer box, a quarter of a second later, when the page has nothing else to do, and a font changes only the inner one.
 */
const sizes = new ResizeObserver((entries) => {
  for (const box of new Set(entries.map(({ target }) => target.closest('pre')))) {
    if (box === null) continue;
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) {
      box.setAttribute('tabindex', '0');
      box.setAttribute('role', 'region');
    } else {
      box.removeAttribute('tabindex');
      box.removeAttribute('role');
    }
  }
});
for (const text of document.querySelectorAll('.expressive-code pre > code')) {
  sizes.observe(text);
  if (text.parentElement !== null) sizes.observe(text.parentElement);
}
