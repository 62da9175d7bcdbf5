import java.lang.reflect.Constructor;
import java.lang.reflect.Method;

/** Plays bundles to the class that decides how many rows the next one gets. Prints what is wrong. */
final class Sizes {
    private static final int MOST = 50_000;
    private static final long MILLI = 1_000_000;

    private final Object size;
    private final Method rows;
    private final Method ended;

    private Sizes() throws ReflectiveOperationException {
        this(MOST, 1);
    }

    private Sizes(int most, int concurrent) throws ReflectiveOperationException {
        Class<?> type = Class.forName("riffle.job.function.BundleSize");
        Constructor<?> constructor = type.getDeclaredConstructor(int.class, int.class);
        constructor.setAccessible(true);
        size = constructor.newInstance(most, concurrent);
        rows = type.getDeclaredMethod("rows");
        rows.setAccessible(true);
        ended = type.getDeclaredMethod("ended", int.class, long.class, long.class);
        ended.setAccessible(true);
    }

    private int rows() throws ReflectiveOperationException {
        return (int) rows.invoke(size);
    }

    /** Ends full bundles, whose rows have this size and take this time each. */
    private Sizes after(int bundles, long rowBytes, long rowNanos) throws ReflectiveOperationException {
        for (int i = 0; i < bundles; i++) {
            ended.invoke(size, rows(), rows() * rowBytes, rows() * rowNanos);
        }
        return this;
    }

    private static void check(String what, int got, int least, int most) {
        if (got < least || got > most) {
            System.out.println(what + ": " + got + " rows, want " + least + " to " + most);
        }
    }

    public static void main(String[] args) throws Exception {
        check("of the first bundle", new Sizes().rows(), 1, 100);
        check("after a slow start", new Sizes().after(1, 10, 1000 * MILLI).rows(), 100, 100);
        check("of a fast function", new Sizes().after(20, 10, 100).rows(), MOST, MOST);
        check("of a function of 1 ms", new Sizes().after(20, 10, MILLI).rows(), 20, 80);
        check("of a function that becomes slow", new Sizes().after(20, 10, 100).after(1, 10, MILLI).rows(), 20, 80);
        check("of 40 KB", new Sizes().after(20, 40_000, 100).rows(), 100, 209);
        check("of 40 KB at once", new Sizes().after(20, 10, 100).after(1, 40_000, 100).rows(), 1, 209);
        check("of the first bundle of 200 at a time", new Sizes(MOST, 200).rows(), 200, 200);
        check("of 200 at a time that take 5 ms each", new Sizes(MOST, 200).after(20, 10, 5 * MILLI).rows(), 200, 200);
        check("of 200 at a time, at most 50", new Sizes(50, 200).after(20, 10, 5 * MILLI).rows(), 50, 50);
        check("of 200 at a time, of 1 MB", new Sizes(MOST, 200).after(20, 1_000_000, 100).rows(), 1, 8);
        check("of 40 MB", new Sizes().after(20, 40_000_000, 100).rows(), 1, 1);
    }
}
