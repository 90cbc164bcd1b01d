// The terminal is textual-serve's; this opens it again once it has ended.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("again").addEventListener("click", () => window.location.reload());
});
