"""What runs in the page that ``tab_page`` measures."""

OBSERVE = r"""() => {
  const seen = (window.seen = { tasks: [], frames: [], shifts: [], withData: null });
  const observe = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  observe("longtask", ({ startTime, duration }) => seen.tasks.push({ at: startTime, ms: duration }));
  observe("layout-shift", ({ startTime, value, hadRecentInput }) => hadRecentInput || seen.shifts.push({ at: startTime, value }));
  observe("long-animation-frame", ({ startTime, duration, styleAndLayoutStart, scripts }) => seen.frames.push({
    at: startTime,
    ms: duration,
    style_ms: styleAndLayoutStart ? startTime + duration - styleAndLayoutStart : 0,
    scripts: scripts.map((one) => ({
      ms: one.duration,
      forced_ms: one.forcedStyleAndLayoutDuration,
      name: `${one.invoker} ${one.sourceURL.split("/").pop()} ${one.sourceFunctionName}`.trim(),
    })),
  }));
  const hasFigure = (element) => /\d/.test(element.textContent);
  const look = () => {
    if ([...document.querySelectorAll("main :is([data-stream], [data-total], [data-f])")].some(hasFigure)) seen.withData = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""Before the page loads. ``withData``: the first frame in which a figure of the market is on the page."""

LOADED = """(ms) => performance.now() > ms && window.seen.withData !== null
  && document.querySelector("[data-pulse]").dataset.state === "live" """

SEEN = """() => {
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const answers = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const weight = (some) => some.reduce((sum, { transferSize }) => sum + transferSize, 0);
  const isChart = ({ name }) => name.includes("lightweight-charts");
  return {
    painted,
    with_data: Math.max(painted, window.seen.withData),
    weight: weight(answers.filter((one) => !isChart(one))),
    charts: weight(answers.filter(isChart)),
    tasks: window.seen.tasks,
  };
}"""

WATCHED = """([began, blind]) => {
  const counts = ({ at, ms }) => at >= began && !blind.some(([start, end]) => at < end && at + ms > start);
  const { tasks, frames, shifts } = window.seen;
  return {
    tasks: tasks.filter(counts),
    frames: frames.filter(counts),
    shifted: shifts.reduce((sum, { value }) => sum + value, 0),
  };
}"""
"""``shifted`` is the sum of all layout shifts since the navigation, though CLS is but the worst five seconds."""
