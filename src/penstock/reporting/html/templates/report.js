"use strict";
// Draws the charts and makes tables sortable. Everything else of the page works without it.

(() => {
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const data = JSON.parse(document.getElementById("penstock-charts").textContent);
  const charts = new Map(); // element → what draws it again, in the colours of the moment

  // Times are dates that begin with 1970, so that ticks fall on whole seconds, minutes and hours.
  const times = (seconds) => seconds.map((second) => new Date(second * 1000).toISOString().replace("Z", ""));
  const mode = (values) => (values.length < 3 ? "lines+markers" : "lines");

  function line(t, values, name, colourName, more = {}) {
    const { line: style, ...rest } = more;
    return {
      type: "scatter", mode: mode(values), name, x: times(t), y: values,
      line: { color: colour(colourName), width: 2, ...style }, marker: { color: colour(colourName) }, ...rest,
    };
  }

  function layout(more = {}) {
    const axis = {
      gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line"), tickcolor: colour("line"),
      automargin: true,
    };
    const { xaxis, yaxis, yaxis2, ...rest } = more;
    return {
      font: { family: getComputedStyle(document.body).fontFamily, size: 12.5, color: colour("ink") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 56, r: yaxis2 ? 56 : 16, t: 8, b: 36 },
      hovermode: "x unified",
      hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("line"), font: { color: colour("ink") } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("soft"), activecolor: colour("link") },
      legend: { orientation: "h", traceorder: "normal", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom" },
      xaxis: { ...axis, ...xaxis },
      yaxis: { ...axis, rangemode: "tozero", ...yaxis },
      ...(yaxis2 ? { yaxis2: { ...axis, showgrid: false, overlaying: "y", side: "right", rangemode: "tozero", tickmode: "auto", ...yaxis2 } } : {}),
      ...rest,
    };
  }

  function timeAxis(t, end) {
    const format = end > 3600 ? "%-H:%M:%S" : "%-M:%S";
    return {
      type: "date", tickformat: format, hoverformat: format, title: { text: "time since the start", standoff: 6 },
      ...(end - t[0] < 10 ? { dtick: 1000 } : {}),
    };
  }
  const latencyAxis = (logarithmic) => ({
    title: { text: "ms" }, type: logarithmic ? "log" : "linear", rangemode: "tozero", tickformat: ",~g",
    ...(logarithmic ? { dtick: 1, minor: { showgrid: false } } : {}),
  });

  const figures = {
    rate({ t, end, succeeded, failed, users }) {
      const hover = "%{y:,.4~g}";
      return {
        traces: [
          line(t, succeeded, "succeeded per second", "line1", { stackgroup: "all", hovertemplate: hover, line: { width: 1.5 } }),
          line(t, failed, "failed per second", "bad", { stackgroup: "all", hovertemplate: hover, line: { width: 0 }, fillcolor: colour("bad") }),
          line(t, users, "users", "users", { yaxis: "y2", hovertemplate: hover, line: { dash: "dot", shape: "hv" } }),
        ],
        layout: layout({
          xaxis: timeAxis(t, end), yaxis: { title: { text: "requests a second" } }, yaxis2: { title: { text: "users" }, nticks: 6 },
        }),
      };
    },
    latency({ t, end, max, ...lines }, { logarithmic, service }) {
      const hover = "%{y:,.4~g} ms";
      const drawn = (key, colourName, dash) =>
        line(t, lines[service ? `service_${key}` : key], key, colourName, { hovertemplate: hover, line: { dash } });
      return {
        traces: [
          ...(service ? [] : [line(t, max, "slowest", "line4", { visible: "legendonly", hovertemplate: hover, line: { width: 1 } })]),
          drawn("p99", "line3", "dot"), drawn("p95", "line2", "dash"), drawn("p50", "line1", "solid"),
        ],
        layout: layout({ xaxis: timeAxis(t, end), yaxis: latencyAxis(logarithmic) }),
      };
    },
    percentiles({ response, service }, { logarithmic }) {
      const percent = (x) => `${(100 * (1 - 1 / x)).toPrecision(Math.max(3, Math.ceil(Math.log10(x)) + 3)).replace(/\.?0+$/, "")}%`;
      const curve = ({ x, y }, name, colourName, dash) => ({
        type: "scatter", mode: mode(y), name, x, y, text: x.map(percent), hovertemplate: "%{text}: %{y:,.4~g} ms",
        line: { color: colour(colourName), width: 2, dash }, marker: { color: colour(colourName) },
      });
      const most = Math.max(2, ...response.x, ...service.x);
      const nines = Array.from({ length: Math.ceil(Math.log10(most)) }, (_, index) => 10 ** (index + 1));
      const ticks = [1, 2, ...nines].filter((tick) => tick <= most * 1.2);
      return {
        traces: [curve(response, "response latency", "line1", "solid"), curve(service, "service latency", "line2", "dash")],
        layout: layout({
          hovermode: "closest",
          xaxis: { type: "log", tickvals: ticks, ticktext: ticks.map((tick) => (tick === 1 ? "0%" : percent(tick))),
                   range: [0, Math.log10(most * 1.05)], title: { text: "share of all requests", standoff: 6 } },
          yaxis: latencyAxis(logarithmic),
        }),
      };
    },
    requests({ t, end, lines }, { logarithmic }) {
      const dashes = ["solid", "dash", "dot", "dashdot"];
      return {
        traces: lines.map(({ name, avg }, index) =>
          line(t, avg, name, `line${index + 1}`, { hovertemplate: "%{y:,.4~g} ms", line: { dash: dashes[index % 4], width: 1.8 } })),
        layout: layout({ xaxis: timeAxis(t, end), yaxis: latencyAxis(logarithmic) }),
      };
    },
    generator({ t, end, cpu }) {
      return {
        traces: [line(t, cpu, "of one core", "line5", { hovertemplate: "%{y:.0f}%", fill: "tozeroy", line: { width: 1.5 } })],
        layout: layout({
          xaxis: timeAxis(t, end),
          yaxis: { title: { text: "% of a core" }, range: [0, Math.max(105, ...cpu)] },
          shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: 90, y1: 90, line: { color: colour("warn"), dash: "dash", width: 1 } }],
        }),
      };
    },
    counter({ t, end, lines, users, unit }) {
      const dashes = ["solid", "dash", "dot", "dashdot"];
      const hover = `%{y:,.6~g} ${unit}`;
      return {
        traces: [
          ...lines.map(({ name, t: at, y }, index) =>
            line(at, y, name, `line${index + 1}`, { mode: "lines+markers", hovertemplate: hover, marker: { size: 4, color: colour(`line${index + 1}`) }, line: { dash: dashes[index % 4], width: 1.8 } })),
          line(t, users, "users", "users", { yaxis: "y2", hovertemplate: "%{y:,.4~g}", line: { dash: "dot", shape: "hv", width: 1.2 } }),
        ],
        layout: layout({
          xaxis: { ...timeAxis(t, end), range: times([t[0], t[t.length - 1]]) }, yaxis: { title: { text: unit } },
          yaxis2: { title: { text: "users" }, nticks: 6 },
        }),
      };
    },
  };
  const kind = (key) => key.replace(/[0-9]+$/, ""); // there are several charts of counters
  const settings = {
    displaylogo: false, responsive: true, displayModeBar: "hover", modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
  };

  // A few very slow requests would press all others flat on a linear scale.
  const isWide = (values) => {
    const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
    return sorted.length > 1 && sorted[sorted.length - 1] > 30 * sorted[sorted.length >> 1];
  };
  const choices = {
    latency: () => ({ service: false, logarithmic: false }),
    percentiles: ({ response }) => ({ logarithmic: isWide(response.y) }),
    requests: ({ lines }) => ({ logarithmic: isWide(lines.flatMap(({ avg }) => avg)) }),
  };
  const wording = { logarithmic: "logarithmic scale", service: "service latency" };

  function offer(element, chosen, redraw) {
    const line = document.createElement("p");
    line.className = "choices";
    for (const name of Object.keys(chosen)) {
      const choice = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = chosen[name];
      box.addEventListener("change", () => { chosen[name] = box.checked; redraw(); });
      choice.append(box, ` ${wording[name]}`);
      line.append(choice);
    }
    element.before(line);
  }

  function drawAll() {
    for (const element of document.querySelectorAll("[data-chart]")) {
      const key = element.dataset.chart;
      const chosen = choices[kind(key)]?.(data[key]) ?? {};
      const draw = () => {
        const { traces, layout: shape } = figures[kind(key)](data[key], chosen);
        return Plotly.react(element, traces, shape, settings);
      };
      charts.set(element, draw);
      offer(element, chosen, draw);
      draw().then(() => { element.dataset.drawn = "true"; });
    }
  }
  const redrawAll = () => charts.forEach((draw) => draw());

  // --- printing: light colours, the width of the paper, everything unfolded

  let folded = [];
  addEventListener("beforeprint", () => {
    root.dataset.theme = "light";
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const element of folded) if (!element.classList.contains("wide")) element.open = true;
    charts.forEach((draw, element) => {
      element.style.width = "700px";
      draw().then(() => Plotly.relayout(element, { width: 700 }));
    });
  });
  addEventListener("afterprint", () => {
    delete root.dataset.theme;
    for (const element of folded) element.open = false;
    charts.forEach((draw, element) => {
      element.style.width = "";
      Plotly.relayout(element, { width: null, autosize: true }).then(draw);
    });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);

  // --- tables

  function sort(table, column, heading) {
    const descending = heading.getAttribute("aria-sort") !== "descending" && heading.classList.contains("n")
      || heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const numeric = heading.classList.contains("n");
    const value = (row) => row.children[column].dataset.value;
    const compare = (a, b) => (numeric ? value(a) - value(b) : value(a).localeCompare(value(b)));
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("title"));
      body.append(...rows.sort((a, b) => (descending ? compare(b, a) : compare(a, b))));
    }
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
  }

  drawAll();
})();
