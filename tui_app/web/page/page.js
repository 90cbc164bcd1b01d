// The terminal is textual-serve's; this opens it again once it has ended.
document.addEventListener("DOMContentLoaded", () => {
  // Keys go to the terminal from the start, without a click.
  const seen = new MutationObserver(() => {
    const input = document.querySelector(".xterm-helper-textarea");
    if (input && document.body.classList.contains("-first-byte")) {
      seen.disconnect();
      input.focus();
    }
  });
  seen.observe(document.body, { attributes: true, childList: true, subtree: true });
  document.getElementById("again").addEventListener("click", () => window.location.reload());
});
