/** A chart with a cursor that pointer and keyboard move alike. */

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { useColours, type Colours } from "./colours.ts";

export const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export interface PlotProps {
  /** Axes, scales and series; made anew when `shape` changes or the colours do. */
  options: (colours: Colours) => Omit<uPlot.Options, "width" | "height">;
  shape: string;
  data: uPlot.AlignedData;
  height: number;
  /** What the chart shows, in a sentence. */
  label: string;
  /** What stands at a place, in words; undefined while nobody points. */
  say: (index: number | undefined) => string;
  /** The places that the cursor can stand at, first and last included. */
  from: number;
  to: number;
  onPoint?: (index: number | undefined) => void;
  onPick?: (index: number) => void;
  onSelect?: (first: number, last: number) => void;
  /** Where something else stands right now, as a video's playhead, on the x axis. */
  at?: number | undefined;
}

export const Plot = (props: PlotProps) => {
  const { shape, data, height, label, from, to } = props;
  const colours = useColours();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marker = useRef<HTMLDivElement | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [index, setIndex] = useState<number | undefined>();

  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const options = latest.current.options(colours);
    const made = new uPlot(
      {
        ...options,
        width: parent.clientWidth,
        height,
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: Boolean(latest.current.onSelect), y: false, setScale: false },
          ...options.cursor,
        },
        hooks: {
          ...options.hooks,
          setCursor: [
            (self) => {
              const { from: least, to: most, onPoint } = latest.current;
              const { idx, left } = self.cursor;
              const at =
                idx === null || idx === undefined || (left ?? -1) < 0
                  ? undefined
                  : Math.max(least, Math.min(most, idx));
              setIndex(at);
              onPoint?.(at);
            },
          ],
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 8) return;
              latest.current.onSelect?.(self.posToIdx(left), self.posToIdx(left + width));
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      latest.current.data,
      parent,
    );
    plot.current = made;
    const line = document.createElement("div");
    line.className = "plot-at";
    made.over.append(line);
    marker.current = line;
    const fit = new ResizeObserver(() => {
      const width = parent.clientWidth;
      if (width && width !== made.width) made.setSize({ width, height });
    });
    fit.observe(parent);
    return () => {
      fit.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, colours, height]);

  useEffect(() => {
    if (plot.current && plot.current.data !== data) plot.current.setData(data);
  }, [data]);

  useEffect(() => {
    const [shown, line] = [plot.current, marker.current];
    if (!shown || !line) return;
    line.hidden = props.at === undefined;
    if (props.at !== undefined) line.style.left = `${shown.valToPos(props.at, "x")}px`;
  }, [props.at, shape, colours, data]);

  const moveTo = (wanted: number): void => {
    const shown = plot.current;
    if (!shown) return;
    const at = Math.max(from, Math.min(to, wanted));
    const x = shown.data[0]?.[at];
    if (x === undefined || x === null) return;
    shown.setCursor({ left: shown.valToPos(x, "x"), top: 10 });
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 10 : 1;
    const now = index ?? from;
    const places: Record<string, number> = {
      ArrowLeft: now - step,
      ArrowRight: index === undefined ? from : now + step,
      PageUp: now - 10,
      PageDown: now + 10,
      Home: from,
      End: to,
    };
    const place = places[event.key];
    if (place !== undefined) moveTo(place);
    else if (event.key === "Enter" && index !== undefined) props.onPick?.(index);
    else if (event.key === "Escape") plot.current?.setCursor({ left: -10, top: -10 });
    else return;
    event.preventDefault();
  };
  const words = props.say(index);
  return (
    <div class="chart">
      <div
        ref={box}
        class="plot"
        style={{ height: `${height}px` }}
        role="slider"
        tabIndex={0}
        aria-label={`${label} Arrow keys read its values.`}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={index ?? from}
        aria-valuetext={words}
        onKeyDown={onKey}
        onClick={() => {
          if (index !== undefined) props.onPick?.(index);
        }}
      />
      <p class="readout" data-picture={index === undefined ? "without" : undefined}>
        {words}
      </p>
    </div>
  );
};

/** An axis as all charts have it. */
export const axis = (colours: Colours, more: uPlot.Axis = {}): uPlot.Axis => ({
  stroke: colours.soft,
  font: FONT,
  ticks: { show: false },
  grid: { stroke: colours.line, width: 1 },
  ...more,
});
