// What runs in the page that tab_page.py measures, from before it loads: it notes long tasks, frames, shifts and paints.

(() => {
  const tasks = [];
  const frames = [];
  const shifts = [];
  let withData = null; // the first frame in which a figure of the market is on the page

  const observe = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  observe("longtask", ({ startTime, duration }) => tasks.push({ at: startTime, ms: duration }));
  observe("layout-shift", ({ startTime, value, hadRecentInput }) => hadRecentInput || shifts.push({ at: startTime, value }));
  observe("long-animation-frame", ({ startTime, duration, styleAndLayoutStart, scripts }) => frames.push({
    at: startTime,
    ms: duration,
    style_ms: styleAndLayoutStart ? startTime + duration - styleAndLayoutStart : 0,
    scripts: scripts.map((one) => ({
      ms: one.duration,
      forced_ms: one.forcedStyleAndLayoutDuration,
      name: `${one.invoker} ${one.sourceURL.split("/").pop()} ${one.sourceFunctionName}`.trim(),
    })),
  }));

  function look() {
    const figures = document.querySelectorAll("main :is([data-stream], [data-total], [data-f])");
    if ([...figures].some((figure) => /\d/.test(figure.textContent))) withData = performance.now();
    else requestAnimationFrame(look);
  }
  requestAnimationFrame(look);

  const weight = (answers) => answers.reduce((sum, { transferSize }) => sum + transferSize, 0);
  const isChart = ({ name }) => name.includes("lightweight-charts");

  window.seen = {
    /** What there is still to be waited for, until the page is so old. */
    missing(ms) {
      if (withData === null) return "no figure";
      const pulse = document.querySelector("[data-pulse]");
      if (pulse.dataset.state !== "live") return `no live market: ${pulse.textContent}`;
      return performance.now() > ms ? "" : "only just come";
    },

    load() {
      const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
      const answers = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
      return {
        painted,
        with_data: Math.max(painted, withData),
        weight: weight(answers.filter((answer) => !isChart(answer))),
        charts: weight(answers.filter(isChart)),
        tasks,
      };
    },

    /** What was seen since this was called before; nothing of it stays, for it would count as growth of the page.
        `shifted` is of all shifts, though CLS is but the worst five seconds. */
    take() {
      return {
        tasks: tasks.splice(0),
        frames: frames.splice(0),
        shifted: shifts.splice(0).reduce((sum, { value }) => sum + value, 0),
      };
    },
  };
})();
