package riffle.job.columns;

/**
 * An Arrow type as a schema describes it: its tag, and its parameters in the order of the fields of its
 * table in Arrow's Schema.fbs.
 */
final class ArrowType {
    /** The types that riffle sends, with their numbers in the union Type and the sizes of their parameters. */
    enum Tag {
        NULL(1),
        INT(2, 4, 1),
        FLOATING_POINT(3, 2),
        BINARY(4),
        UTF8(5),
        BOOL(6),
        DECIMAL(7, 4, 4, 4),
        DATE(8, 2),
        TIME(9, 2, 4),
        TIMESTAMP(10, 2),
        INTERVAL(11, 2),
        LIST(12),
        STRUCT(13),
        FIXED_SIZE_BINARY(15, 4),
        MAP(17, 1),
        DURATION(18, 2);

        final byte number;
        final int[] sizes;

        Tag(int number, int... sizes) {
            this.number = (byte) number;
            this.sizes = sizes;
        }
    }

    /** A unit of time, as the parameter of several types. */
    static final int SECOND = 0;
    static final int MILLISECOND = 1;
    static final int MICROSECOND = 2;
    static final int NANOSECOND = 3;

    static final ArrowType NULL = new ArrowType(Tag.NULL);
    static final ArrowType BOOL = new ArrowType(Tag.BOOL);
    static final ArrowType INT8 = signed(8);
    static final ArrowType INT16 = signed(16);
    static final ArrowType INT32 = signed(32);
    static final ArrowType INT64 = signed(64);
    static final ArrowType FLOAT = new ArrowType(Tag.FLOATING_POINT, 1);
    static final ArrowType DOUBLE = new ArrowType(Tag.FLOATING_POINT, 2);
    static final ArrowType UTF8 = new ArrowType(Tag.UTF8);
    static final ArrowType BINARY = new ArrowType(Tag.BINARY);
    static final ArrowType DATE_DAYS = new ArrowType(Tag.DATE, 0);
    static final ArrowType MONTHS = new ArrowType(Tag.INTERVAL, 0);
    static final ArrowType DURATION_MILLIS = new ArrowType(Tag.DURATION, MILLISECOND);
    static final ArrowType LIST = new ArrowType(Tag.LIST);
    static final ArrowType STRUCT = new ArrowType(Tag.STRUCT);
    static final ArrowType MAP = new ArrowType(Tag.MAP, 0); // with unsorted keys

    final Tag tag;
    final int[] parameters;

    private ArrowType(Tag tag, int... parameters) {
        this.tag = tag;
        this.parameters = parameters;
    }

    private static ArrowType signed(int bits) {
        return new ArrowType(Tag.INT, bits, 1);
    }

    static ArrowType decimal(int precision, int scale) {
        return new ArrowType(Tag.DECIMAL, precision, scale, 128);
    }

    static ArrowType fixedSizeBinary(int length) {
        return new ArrowType(Tag.FIXED_SIZE_BINARY, length);
    }

    static ArrowType time(int unit) {
        return new ArrowType(Tag.TIME, unit, unit < MICROSECOND ? 32 : 64);
    }

    static ArrowType timestamp(int unit) {
        return new ArrowType(Tag.TIMESTAMP, unit);
    }
}
