package riffle.job.function;

/**
 * How many rows a bundle gets, so that it takes about 50 ms from begin to end. Rows that are in bundles are
 * ahead of a checkpoint's barrier, so a slow function gets few.
 */
final class BundleSize {
    private static final long SHORT_NANOS = 25_000_000;
    private static final long LONG_NANOS = 100_000_000;
    private static final int FIRST_ROWS = 1000;

    private final int most;
    private int rows;

    BundleSize(int most) {
        this.most = most;
        rows = Math.min(most, FIRST_ROWS);
    }

    int rows() {
        return rows;
    }

    /** Learns from a bundle. One that ended before it was full does not show that more rows would fit. */
    void ended(int bundleRows, long nanos) {
        if (nanos > LONG_NANOS) {
            rows = Math.max(1, Math.min(rows, bundleRows) / 2);
        } else if (nanos < SHORT_NANOS && bundleRows >= rows) {
            rows = Math.min(most, 2 * rows);
        }
    }
}
