// The list of actions: found by typing, unfolded on a small screen.

export function setUp() {
  const list = document.getElementById("side-list");
  const find = document.getElementById("find");
  const none = document.getElementById("find-none");
  const menu = document.getElementById("menu");
  const links = [...list.querySelectorAll("a[data-find]")];

  const visible = () => links.filter((link) => !link.parentElement.hidden);
  const search = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const link of links) {
      const text = link.dataset.find.toLowerCase();
      link.parentElement.hidden = !words.every((word) => text.includes(word));
    }
    for (const group of list.querySelectorAll("section")) {
      group.hidden = [...group.querySelectorAll("li")].every((each) => each.hidden);
    }
    none.hidden = visible().length > 0;
  };
  find.addEventListener("input", search);
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && visible().length) location.assign(visible()[0].href);
    if (event.key === "Escape") {
      find.value = "";
      search();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    unfold(true);
    find.focus();
  });
  const unfold = (open) => {
    menu.setAttribute("aria-expanded", String(open));
    list.classList.toggle("open", open);
  };
  menu.addEventListener("click", () => unfold(menu.getAttribute("aria-expanded") !== "true"));
  const side = document.getElementById("side");
  const current = list.querySelector("[aria-current]");
  if (current && side.scrollHeight > side.clientHeight) side.scrollTop = current.offsetTop - side.clientHeight / 2;
}
