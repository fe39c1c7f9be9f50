/* What the scripts of Datasette's tables need, and the closing of open menus; no inline script is allowed. */
var DATASETTE_ALLOW_FACET = true;
document.addEventListener("click", function (event) {
  document.querySelectorAll("details.actions-menu-links[open], details.nav-menu[open]").forEach(function (menu) {
    if (!menu.contains(event.target)) { menu.open = false; }
  });
});
