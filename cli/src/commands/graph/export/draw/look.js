"use strict";
const svg = document.querySelector("svg");
const view = svg.viewBox.baseVal;
const whole = [view.x, view.y, view.width, view.height];
let kept = null;

// Those who are linked with one stay, the others fade.
function point(number) {
  svg.classList.toggle("quiet", number !== null);
  const near = new Set([number]);
  for (const line of svg.querySelectorAll(".between")) {
    const { a, b } = line.dataset;
    const touches = a === number || b === number;
    line.classList.toggle("near", touches);
    if (touches) near.add(a).add(b);
  }
  for (const entity of svg.querySelectorAll(".entity")) {
    entity.classList.toggle("near", near.has(entity.dataset.n));
  }
}

for (const entity of svg.querySelectorAll(".entity")) {
  entity.addEventListener("pointerenter", () => point(entity.dataset.n));
  entity.addEventListener("pointerleave", () => point(kept));
  entity.addEventListener("click", () => point((kept = kept === entity.dataset.n ? null : entity.dataset.n)));
}

const scale = () => Math.max(view.width / svg.clientWidth, view.height / svg.clientHeight);

svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  const by = Math.min(Math.max(view.width * 1.0015 ** event.deltaY, whole[2] / 20), whole[2] * 4) / view.width;
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  view.x = at.x - (at.x - view.x) * by;
  view.y = at.y - (at.y - view.y) * by;
  view.width *= by;
  view.height *= by;
}, { passive: false });

let held = null;
svg.addEventListener("pointerdown", (event) => (held = event));
svg.addEventListener("pointermove", (event) => {
  if (!held || !event.buttons) return;
  view.x -= (event.clientX - held.clientX) * scale();
  view.y -= (event.clientY - held.clientY) * scale();
  held = event;
});
svg.addEventListener("dblclick", () => ([view.x, view.y, view.width, view.height] = whole));
