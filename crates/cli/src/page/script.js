"use strict";
// Search and filters. Without this script the page shows everything.
(() => {
  const bar = document.querySelector(".bar");
  const search = document.querySelector("#search");
  const shown = document.querySelector("#shown");
  const items = [...document.querySelectorAll("li.entry")];
  const days = [...document.querySelectorAll("li.day")];
  const buttons = [...document.querySelectorAll("button[data-key]")];
  const texts = items.map((item) => item.textContent.toLowerCase());

  const chosen = (key) => {
    const pressed = buttons.filter((button) => button.dataset.key === key && button.getAttribute("aria-pressed") === "true");
    return new Set(pressed.map((button) => button.dataset.value));
  };
  const matches = (item, key) => {
    const values = chosen(key);
    return values.size === 0 || (item.dataset[key] || "").split("\n").some((value) => values.has(value));
  };
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    items.forEach((item, index) => {
      const fits = words.every((word) => texts[index].includes(word)) && matches(item, "who") && matches(item, "labels");
      item.hidden = !fits;
      count += fits ? 1 : 0;
    });
    for (const day of days) {
      let next = day.nextElementSibling;
      while (next && !next.classList.contains("day") && next.hidden) next = next.nextElementSibling;
      day.hidden = !next || next.classList.contains("day");
    }
    shown.textContent = `${count} of ${items.length}`;
  };

  bar.hidden = false;
  for (const button of buttons) {
    button.disabled = false;
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  search.addEventListener("input", apply);
  // A link to a search: #search=words, and to labels: #labels=TOKEN.
  const asked = new URLSearchParams(location.hash.slice(1));
  search.value = asked.get("search") || "";
  for (const button of buttons) {
    if (asked.getAll(button.dataset.key).includes(button.dataset.value)) button.setAttribute("aria-pressed", "true");
  }
  apply();
})();
