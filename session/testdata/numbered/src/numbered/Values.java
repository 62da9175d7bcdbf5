package numbered;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.typeutils.ArrayDataSerializer;
import org.apache.flink.table.runtime.typeutils.MapDataSerializer;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.types.bitmap.Bitmap;
import org.apache.flink.types.variant.Variant;

/** Random values in Flink's internal form, in all classes that it can have. Bounds of types are frequent. */
final class Values {
    private static final int LONG_TEXT = 1_000_000;
    private static final String[] CHARACTERS = {"a", "B", " ", "\"", "\n", "é", "日", "\ud83d\ude00", "\ud83d", "\ude00"};

    private static final Set<LogicalTypeRoot> SORTED =
            EnumSet.of(LogicalTypeRoot.VARCHAR, LogicalTypeRoot.TINYINT, LogicalTypeRoot.SMALLINT, LogicalTypeRoot.BIGINT);

    private final Random random;
    private boolean longTexts; // one for each value: a function's result has to fit into its memory

    Values(Random random, boolean longTexts) {
        this.random = random;
        this.longTexts = longTexts;
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private boolean bound() {
        return random.nextInt(3) == 0;
    }

    Object of(LogicalType type) {
        if (type.isNullable() && random.nextInt(5) == 0) {
            return null;
        }
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return random.nextBoolean();
            case TINYINT:
                return (byte) random.nextInt();
            case SMALLINT:
                return (short) random.nextInt();
            case INTEGER:
                return bound() ? pick(new Integer[] {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE}) : random.nextInt(1000);
            case BIGINT:
                return bound() ? pick(new Long[] {Long.MIN_VALUE, -1L, 0L, Long.MAX_VALUE}) : random.nextLong();
            case FLOAT:
                return bound()
                        ? pick(new Float[] {Float.NaN, -0f, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, Float.MAX_VALUE})
                        : (Float) (random.nextInt(8000) / 4f);
            case DOUBLE:
                return bound()
                        ? pick(new Double[] {Double.NaN, -0d, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Double.MAX_VALUE})
                        : (Double) (random.nextInt(8000) / 4d);
            case DECIMAL:
                return decimal((DecimalType) type);
            case CHAR:
            case VARCHAR:
                return text(type);
            case BINARY:
            case VARBINARY:
                return bytes(type);
            case DATE:
                return (int) day();
            case TIME_WITHOUT_TIME_ZONE:
                int time = bound() ? pick(new Integer[] {0, 1, 999, 86_399_999}) : random.nextInt(86_400_000);
                return time - time % (int) Math.pow(10, Math.max(0, 3 - LogicalTypeChecks.getPrecision(type)));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return timestamp(LogicalTypeChecks.getPrecision(type));
            case ARRAY:
                return array((ArrayType) type);
            case MAP:
                return map(((MapType) type).getKeyType(), ((MapType) type).getValueType(), false);
            case MULTISET:
                return map(((MultisetType) type).getElementType(), new IntType(false), true);
            case ROW:
                return row((RowType) type);
            case VARIANT:
                return bound()
                        ? Variant.newBuilder().of(string(8))
                        : Variant.newBuilder().array().add(Variant.newBuilder().of(random.nextInt())).build();
            case BITMAP:
                return Bitmap.fromArray(random.ints(random.nextInt(4), 0, 1000).toArray());
            default:
                throw new UnsupportedOperationException(type.toString());
        }
    }

    private DecimalData decimal(DecimalType type) {
        BigInteger bound = BigInteger.TEN.pow(type.getPrecision());
        BigInteger digits = bound() ? bound.subtract(BigInteger.ONE) : new BigInteger(130, random).mod(bound);
        BigDecimal value = new BigDecimal(random.nextBoolean() ? digits : digits.negate(), type.getScale());
        return DecimalData.fromBigDecimal(value, type.getPrecision(), type.getScale());
    }

    private String string(int characters) {
        String character = pick(CHARACTERS);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < characters; i++) {
            text.append(random.nextInt(3) == 0 ? pick(CHARACTERS) : character);
        }
        return text.toString();
    }

    /** A text as a Java string, as bytes, or as bytes in two segments of memory. */
    private StringData text(LogicalType type) {
        int length = LogicalTypeChecks.getLength(type);
        if (longTexts && length >= LONG_TEXT) {
            longTexts = false;
            return StringData.fromString(string(10).repeat(LONG_TEXT / 10));
        }
        boolean fixed = type.is(LogicalTypeRoot.CHAR);
        StringData text = StringData.fromString(fixed ? "x".repeat(length) : string(random.nextInt(Math.min(length, 12) + 1)));
        switch (random.nextInt(3)) {
            case 0:
                return text;
            case 1:
                return StringData.fromBytes(text.toBytes());
            default:
                byte[] bytes = text.toBytes();
                int offset = random.nextInt(4);
                int half = (offset + bytes.length) / 2 + 1;
                byte[][] parts = {new byte[half], new byte[half]};
                for (int i = 0; i < bytes.length; i++) {
                    parts[(offset + i) / half][(offset + i) % half] = bytes[i];
                }
                MemorySegment[] segments = {MemorySegmentFactory.wrap(parts[0]), MemorySegmentFactory.wrap(parts[1])};
                return BinaryStringData.fromAddress(segments, offset, bytes.length);
        }
    }

    private byte[] bytes(LogicalType type) {
        int length = LogicalTypeChecks.getLength(type);
        boolean fixed = type.is(LogicalTypeRoot.BINARY);
        byte[] bytes = new byte[fixed ? length : random.nextInt(Math.min(length, 12) + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A day of the years 1 to 9999, as far from their ends as any time zone is from UTC. */
    private long day() {
        long first = LocalDate.of(1, 1, 3).toEpochDay();
        long last = LocalDate.of(9999, 12, 29).toEpochDay();
        return bound() ? pick(new Long[] {first, last, -1L, 0L}) : first + (long) (random.nextDouble() * (last - first));
    }

    private TimestampData timestamp(int precision) {
        int unit = BigInteger.TEN.pow(9 - precision).intValue();
        int nanos = (bound() ? 999_999_999 : random.nextInt(1_000_000_000)) / unit * unit;
        LocalDateTime second = LocalDateTime.ofEpochSecond(day() * 86_400 + (bound() ? 86_399 : random.nextInt(86_400)), nanos, ZoneOffset.UTC);
        return TimestampData.fromLocalDateTime(second);
    }

    private Object array(ArrayType type) {
        Object[] elements = new Object[random.nextInt(20) == 0 ? 100 : random.nextInt(4)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = of(type.getElementType());
        }
        GenericArrayData array = new GenericArrayData(elements);
        return random.nextBoolean() ? array : new ArrayDataSerializer(type.getElementType()).toBinaryArray(array).copy();
    }

    private Object map(LogicalType key, LogicalType value, boolean counts) {
        // In the order in which Go returns maps.
        Map<Object, Object> entries = !key.isNullable() && SORTED.contains(key.getTypeRoot()) ? new TreeMap<>() : new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            entries.put(key(of(key)), counts ? (Object) (1 + random.nextInt(3)) : of(value));
        }
        GenericMapData map = new GenericMapData(entries);
        return random.nextBoolean() ? map : new MapDataSerializer(key, value).toBinaryMap(map).copy();
    }

    /** A key with the order that its bytes have. */
    private static Object key(Object key) {
        return key instanceof StringData ? StringData.fromBytes(((StringData) key).toBytes()) : key;
    }

    private Object row(RowType type) {
        GenericRowData row = new GenericRowData(type.getFieldCount());
        for (int i = 0; i < type.getFieldCount(); i++) {
            row.setField(i, of(type.getTypeAt(i)));
        }
        return random.nextBoolean() ? row : new RowDataSerializer(type).toBinaryRow(row).copy();
    }
}
