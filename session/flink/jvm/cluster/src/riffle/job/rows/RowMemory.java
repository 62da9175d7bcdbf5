package riffle.job.rows;

import java.util.function.LongUnaryOperator;

/**
 * The memory that the queries of a JobManager share for rows that the clients have not fetched yet.
 *
 * <p>Besides what it takes here, a query may always hold one block. So a query makes progress even if others,
 * whose clients are slow, hold all of the shared memory. With 256 queries both together are 64 MB.
 *
 * <p>Each job has a class loader of its own, and so its own copy of this class. Therefore the number of bytes in
 * use is a system property. Its value is a string, because other code of the JVM expects nothing else there.
 */
final class RowMemory {
    /** The size of the largest block. */
    static final int BLOCK = 64 << 10;

    private static final long SHARED = 48 << 20;
    private static final String IN_USE = "riffle.rows.bytes";

    private RowMemory() {}

    static boolean hasRoom() {
        return inUse(System.getProperty(IN_USE)) + BLOCK <= SHARED;
    }

    /** Takes a number of bytes, at most {@link #BLOCK}. Returns false if there is not enough. */
    static boolean take(int bytes) {
        boolean[] taken = {false};
        change(now -> {
            taken[0] = now + bytes <= SHARED;
            return taken[0] ? now + bytes : now;
        });
        return taken[0];
    }

    static void give(int bytes) {
        if (bytes > 0) {
            change(now -> now - bytes);
        }
    }

    private static void change(LongUnaryOperator change) {
        System.getProperties()
                .compute(IN_USE, (key, now) -> Long.toString(change.applyAsLong(inUse((String) now))));
    }

    private static long inUse(String property) {
        return property == null ? 0 : Long.parseLong(property);
    }
}
