/** A number's way through the days, as small as a word. */

const WIDTH = 96;
const HEIGHT = 24;

export const Spark = ({ values, label }: { values: number[]; label: string }) => {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const y = (value: number): string => (HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1);
  const line = values.map((value, i) => `${(i * step).toFixed(1)} ${y(value)}`).join("L");
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {values.length > 1 && (
        <>
          <path class="spark-area" d={`M${line}V${HEIGHT}H0Z`} />
          <path class="spark-line" d={`M${line}`} />
        </>
      )}
    </svg>
  );
};
