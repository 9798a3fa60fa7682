// What stands around every page: the key, and the menu.

import { call } from "./http.js";
import * as key from "./key.js";

const OPERATOR = "genhook.operator";

export function frame() {
  key.onChange(operatorTab);
  key.setUp();
  operatorTab();
  // On a small screen the menu is wider than the page.
  const menu = document.querySelector(".places");
  const here = menu.querySelector("[aria-current]");
  if (here) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
}

// The operator's page is in the menu of those who may see it; asked once a tab.
async function operatorTab() {
  const tab = document.getElementById("operator-tab");
  if (!tab) return;
  const asked = key.held();
  if (!asked) {
    sessionStorage.removeItem(OPERATOR);
    return void (tab.hidden = true);
  }
  const known = sessionStorage.getItem(OPERATOR);
  const mine = asked.slice(-6);
  if (known?.slice(1) === mine) return void (tab.hidden = known[0] !== "y");
  try {
    const account = (await call("GET", "/v1/account")).data;
    const may = account.operator && account.key.scopes.includes("operator");
    // The key was forgotten, or became another, meanwhile.
    if (key.held() !== asked) return;
    sessionStorage.setItem(OPERATOR, (may ? "y" : "n") + mine);
    tab.hidden = !may;
  } catch {
    tab.hidden = true;
  }
}
