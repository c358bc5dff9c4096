(() => {
"use strict";
const map = document.getElementById("map"), path = document.getElementById("path"), about = document.getElementById("about");
const help = about.textContent, W = 1200, H = 720, header = 17, pad = 2, least = 5;
const root = map.querySelector(".c");
let at = root, here = root;

const group = c => c.querySelector(":scope > g");
const cells = c => group(c) ? [...group(c).children] : [];
const above = c => c === root ? null : c.parentNode.parentNode;
const seen = c => !c.classList.contains("off");
const own = (c, tag) => c.querySelector(":scope > " + tag);

// place does what inside, place and fit do in Go.
function place(c, x, y, w, h) {
  const rect = own(c, "rect"), text = own(c, "text"), off = w < least || h < least;
  c.classList.toggle("off", off);
  if (off) return;
  rect.setAttribute("x", x); rect.setAttribute("y", y);
  rect.setAttribute("width", Math.max(w - 1, 0)); rect.setAttribute("height", Math.max(h - 1, 0));
  const chip = own(c, "circle"), left = chip ? 16 : 5;
  text.setAttribute("x", x + left); text.setAttribute("y", y + 12.5);
  const letters = [...c.dataset.n], room = Math.floor((w - left - 3) / 7.8);
  text.textContent = h < 16 || room < 3 ? "" : letters.length > room ? letters.slice(0, room - 1).join("") + "…" : c.dataset.n;
  if (chip) {
    chip.setAttribute("cx", x + 8); chip.setAttribute("cy", y + 9);
    chip.setAttribute("r", text.textContent ? 4 : 0);
  }
  const top = w >= 36 && h >= 34 ? header : pad;
  const iw = Math.max(w - 2 * pad, 0), ih = Math.max(h - top - pad, 0);
  for (const k of cells(c)) {
    const [px, py, pw, ph] = k.dataset.p.split(" ").map(Number);
    place(k, x + pad + px * iw, y + top + py * ih, pw * iw, ph * ih);
  }
}

function zoom(c) {
  at = c;
  for (const p of map.querySelectorAll(".pass")) p.classList.remove("pass");
  const line = [c];
  for (let p = c, a; (a = above(p)); p = a) {
    a.classList.remove("off");
    a.classList.add("pass");
    line.unshift(a);
    for (const k of cells(a)) if (k !== p) k.classList.add("off");
  }
  place(c, 0, 0, W, H);
  path.hidden = c === root;
  path.replaceChildren(...line.map(l => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = l.dataset.n;
    b.addEventListener("click", () => { zoom(l); focus(l); });
    return b;
  }));
}

function focus(c) {
  if (!c) return;
  here.tabIndex = -1;
  here = c;
  c.tabIndex = 0;
  c.focus({preventScroll: true});
}

function sibling(c, by) {
  const a = c === at ? null : above(c), list = a ? cells(a).filter(seen) : [c];
  return by === Infinity ? list[list.length - 1] : by === -Infinity ? list[0] : list[list.indexOf(c) + by];
}

map.addEventListener("keydown", e => {
  const c = e.target.closest(".c");
  if (!c || e.ctrlKey || e.altKey || e.metaKey) return;
  switch (e.key) {
    case "ArrowDown": focus(sibling(c, 1)); break;
    case "ArrowUp": focus(sibling(c, -1)); break;
    case "ArrowRight": focus(cells(c).find(seen)); break;
    case "ArrowLeft": if (c !== at) focus(above(c)); break;
    case "Home": focus(sibling(c, -Infinity)); break;
    case "End": focus(sibling(c, Infinity)); break;
    case "Enter": case " ": if (group(c)) { zoom(c); focus(c); } break;
    case "Escape": if (at !== root) { const was = at; zoom(above(at)); focus(was); } break;
    default: return;
  }
  e.preventDefault();
});

map.addEventListener("click", e => {
  let c = e.target.closest(".c");
  if (!c) return;
  // The step down from what is shown, so that each click goes one level.
  let down = c;
  while (down !== at && above(down) !== at) down = above(down);
  if (down !== at && group(down)) { zoom(down); focus(down); } else focus(c);
});
const tell = e => { const c = e.target.closest(".c"); about.textContent = c ? own(c, "title").textContent : help; };
map.addEventListener("focusin", tell);
map.addEventListener("mouseover", tell);
map.addEventListener("mouseleave", () => { about.textContent = help; });
})();
