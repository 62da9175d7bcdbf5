package riffle.job.function;

/**
 * How many rows a bundle gets, so that it takes about 50 ms and its results at most 8 MB. The rows of bundles
 * in progress are ahead of a checkpoint's barrier, so a slow function, or one in front of a slow sink, gets
 * few. The results of bundles in progress are in memory. A bundle for an asynchronous function has at least as
 * many rows as that computes at a time, however long they take.
 */
final class BundleSize {
    static final long MAX_BYTES = 8 << 20;

    private static final long SHORT_NANOS = 20_000_000;
    private static final long TARGET_NANOS = 50_000_000;
    private static final long LONG_NANOS = 80_000_000;
    private static final int FIRST_ROWS = 100;

    /** A bundle of few rows that takes less than this may be slow for a reason other than its rows. */
    private static final long FEW_ROWS_NANOS = 500_000_000;

    private static final int FEW_ROWS = 10;

    private final int most;
    private final int concurrent;
    private int rows;
    private boolean started;

    /** {@code concurrent}: how many rows the functions compute at a time. */
    BundleSize(int most, int concurrent) {
        this.most = most;
        this.concurrent = Math.min(most, concurrent);
        rows = Math.min(most, Math.max(FIRST_ROWS, concurrent));
    }

    int rows() {
        return rows;
    }

    /**
     * Learns from a bundle. The first one waits for the start of the functions. One that ended before it was
     * full does not show that more rows would fit.
     */
    void ended(int bundleRows, long bytes, long nanos) {
        if (bytes > MAX_BYTES) {
            rows = (int) Math.min(rows, Math.max(1, bundleRows * MAX_BYTES / bytes));
        }
        if (!started) {
            started = true;
        } else if (nanos > LONG_NANOS) {
            long least = Math.max(concurrent, nanos > FEW_ROWS_NANOS ? 1 : FEW_ROWS);
            rows = (int) Math.min(rows, Math.max(least, bundleRows * TARGET_NANOS / nanos));
        } else if (nanos < SHORT_NANOS && bundleRows >= rows && 2 * bytes <= MAX_BYTES) {
            rows = Math.min(most, 2 * rows);
        }
    }
}
