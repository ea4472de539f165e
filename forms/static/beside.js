// Opens what stands beside a form where the window has room for it; on a narrow one it stays folded.
if (window.matchMedia("(min-width: 64em)").matches) {
  for (const part of document.querySelectorAll("details[data-open-when-wide]")) part.open = true;
}
