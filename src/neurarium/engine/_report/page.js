// Draws the figures from the JSON in the page; without it the tables stay, all of them.
(() => {
  "use strict";
  const root = document.documentElement;
  const plots = JSON.parse(document.getElementById("figures").textContent);
  const chosen = {};
  const config = {
    displaylogo: false,
    responsive: true,
    modeBarButtons: [["toImage"]],
    toImageButtonOptions: { format: "svg" },
  };

  // "@name" under a key that ends in "color" is the CSS colour --name of the moment.
  const coloured = (value, key, palette) => {
    if (typeof value === "string")
      return key.endsWith("color") && value[0] === "@" ? palette.getPropertyValue("--" + value.slice(1)).trim() : value;
    if (Array.isArray(value)) return value.map((v) => coloured(v, key, palette));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v, k, palette)]));
  };

  const draw = (name, width) => {
    const palette = getComputedStyle(root);
    const { data, layout } = coloured(plots[name][chosen[name]], "", palette);
    layout.font.family = palette.getPropertyValue("--sans").trim();
    if (width) layout.width = width;
    return Plotly.react("plot-" + name, data, layout, config);
  };

  const choose = (name, index) => {
    chosen[name] = index;
    for (const view of document.querySelectorAll(`[data-view^="${name}-"]`))
      view.hidden = view.dataset.view !== `${name}-${index}`;
    return draw(name);
  };

  const redraw = (width) => Object.keys(plots).forEach((name) => draw(name, width));

  for (const element of document.querySelectorAll("figure.drawn, .chooser")) element.hidden = false;
  for (const select of document.querySelectorAll("select[data-figure]"))
    select.addEventListener("change", () => choose(select.dataset.figure, Number(select.value)));
  for (const name of Object.keys(plots)) choose(name, 0);

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
  const closed = [];
  addEventListener("beforeprint", () => {
    root.classList.add("paper");
    for (const details of document.querySelectorAll("details:not([open])")) closed.push(details), (details.open = true);
    redraw(660);
  });
  addEventListener("afterprint", () => {
    root.classList.remove("paper");
    while (closed.length) closed.pop().open = false;
    redraw();
  });
})();
