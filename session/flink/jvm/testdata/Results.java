import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.SmallIntType;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.TinyIntType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.types.RowKind;
import riffle.job.columns.ArgumentWriter;
import riffle.job.columns.ForwardedRows;
import riffle.job.columns.ResultRows;

/**
 * Reads an element of results, as it is and with each of its bytes changed. The rows must be those that
 * were written, and a changed element must be refused or read without an access beyond it. Prints what is
 * wrong.
 */
final class Results {
    private static final LogicalType[] TYPES = {
        new IntType(false),
        new VarCharType(),
        new BooleanType(),
        new DecimalType(30, 2),
        new BinaryType(3),
        new VarBinaryType(9),
        new DoubleType(),
        new TimeType(3),
        new LocalZonedTimestampType(9),
        new TimestampType(6),
        new ArrayType(new VarCharType()),
        new MapType(new VarCharType(false, 9), new BigIntType()),
        new ArrayType(new RowType(List.of(field("n", new IntType(false)), field("t", new TimestampType(9)))))
    };
    private static final RowType TYPE = RowType.of(TYPES);
    private static final int MAP = 11; // its place in TYPES
    private static final int ROWS = 11;

    private static RowType.RowField field(String name, LogicalType type) {
        return new RowType.RowField(name, type);
    }

    public static void main(String[] args) throws Exception {
        int[] fields = new int[TYPES.length];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = i;
        }
        ArgumentWriter writer = new ArgumentWriter(fields, TYPE);
        ForwardedRows forwarded = new ForwardedRows(fields, TYPES);
        for (int i = 0; i < ROWS; i++) {
            writer.add(row(i));
            forwarded.add(row(i));
        }
        byte[] element = writer.element();
        ForwardedRows.Kept kept = forwarded.take();
        ResultRows results = new ResultRows(TYPES, TYPE, false);
        results.set(kept, element);
        for (int i = 0; i < ROWS; i++) {
            compare(i, results.row(i), row(i), TYPES);
        }
        leave();
        for (int at = 0; at < element.length; at++) {
            for (int change : new int[] {1, 0x40, 0x80, 0xff}) {
                byte[] changed = element.clone();
                changed[at] ^= (byte) change;
                read(changed, kept, "byte " + at + " changed by " + change);
            }
            read(Arrays.copyOf(element, at), kept, "cut at " + at);
        }
    }

    /** Rows that leave the task have the binary form that Flink's serializer makes of them, byte by byte. */
    private static void leave() throws IOException {
        RowType nested = RowType.of(
                new TinyIntType(), new SmallIntType(), new ArrayType(new TinyIntType()), new ArrayType(new DecimalType(30, 2)),
                RowType.of(new TimestampType(3), new LocalZonedTimestampType(9), new ArrayType(new ArrayType(new FloatType()))));
        List<LogicalType> all = new ArrayList<>(List.of(TYPES));
        all.remove(MAP); // which Flink's serializer writes
        all.addAll(List.of(new BigIntType(), new FloatType(), new DateType(), new DecimalType(9, 2), nested));
        LogicalType[] types = all.toArray(LogicalType[]::new);
        int[] passing = IntStream.range(0, types.length).filter(i -> types[i].getChildren().isEmpty()).toArray();
        LogicalType[] passingTypes = Arrays.stream(passing).mapToObj(i -> types[i]).toArray(LogicalType[]::new);
        RowType type = RowType.of(types);
        ArgumentWriter writer = new ArgumentWriter(IntStream.range(0, types.length).toArray(), type);
        ForwardedRows forwarded = new ForwardedRows(passing, passingTypes);
        List<GenericRowData> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            GenericRowData row = leaving(i, types.length);
            rows.add(row);
            writer.add(row);
            forwarded.add(row);
        }
        ResultRows results = new ResultRows(passingTypes, type, true);
        results.set(forwarded.take(), writer.element());
        RowDataSerializer flinks = new RowDataSerializer(
                Stream.concat(Stream.of(passingTypes), Stream.of(types)).toArray(LogicalType[]::new));
        for (int i = 0; i < ROWS; i++) {
            GenericRowData row = rows.get(i);
            GenericRowData whole = new GenericRowData(row.getRowKind(), passing.length + types.length);
            for (int k = 0; k < passing.length; k++) {
                whole.setField(k, row.getField(passing[k]));
            }
            for (int k = 0; k < types.length; k++) {
                whole.setField(passing.length + k, row.getField(k));
            }
            RowData got = results.row(i);
            if (!(got instanceof BinaryRowData) || !got.equals(flinks.toBinaryRow(whole))) {
                System.out.println("row " + i + " leaves as " + got + ", not as Flink's serializer writes it");
            }
        }
    }

    private static GenericRowData leaving(int i, int size) {
        GenericRowData from = (GenericRowData) row(i);
        GenericRowData row = new GenericRowData(from.getRowKind(), size);
        int at = 0;
        for (int k = 0; k < TYPES.length; k++) {
            if (k != MAP) {
                row.setField(at++, from.getField(k));
            }
        }
        row.setField(at++, i == 4 ? null : -9L * i);
        row.setField(at++, i == 5 ? null : i / 8f);
        row.setField(at++, i == 6 ? null : -i);
        row.setField(at++, i == 7 ? null : DecimalData.fromUnscaledLong(-i, 9, 2));
        GenericRowData times = GenericRowData.of(
                i == 1 ? null : TimestampData.fromEpochMillis(i), TimestampData.fromEpochMillis(-i, i),
                array(i, k -> k == 1 ? null : array(k, n -> n == 0 ? null : n / 2f)));
        row.setField(at++, i == 8 ? null : GenericRowData.of(
                i == 2 ? null : (byte) i, (short) i, array(i, k -> k == 0 ? null : (byte) k),
                array(i + 1, k -> DecimalData.fromBigDecimal(new BigDecimal(k + ".50"), 30, 2)), i == 3 ? null : times));
        return row;
    }

    private static void compare(int i, RowData read, RowData row, LogicalType[] types) {
        if (read.getRowKind() != row.getRowKind()) {
            System.out.println("row " + i + " is " + read.getRowKind());
        }
        for (int field = 0; field < 2 * types.length; field++) {
            LogicalType type = types[field % types.length];
            String want = text(row, field % types.length, type);
            String got = text(read, field, type);
            if (!want.equals(got)) {
                System.out.println("row " + i + ", column " + field + ": " + got + ", want " + want);
            }
        }
    }

    private static void read(byte[] element, ForwardedRows.Kept kept, String how) {
        try {
            ResultRows results = new ResultRows(TYPES, TYPE, false);
            results.set(kept, element);
            for (int i = 0; i < ROWS; i++) {
                for (int field = 0; field < TYPES.length; field++) {
                    text(results.row(i), TYPES.length + field, TYPES[field]);
                }
            }
        } catch (IOException e) {
            // it is refused
        } catch (RuntimeException e) {
            if (!String.valueOf(e.getMessage()).startsWith("a value does not fit")) {
                System.out.println(how + ": " + e);
            }
        }
    }

    private static RowData row(int i) {
        GenericRowData row = new GenericRowData(TYPES.length);
        row.setRowKind(i == 5 ? RowKind.DELETE : RowKind.INSERT);
        row.setField(0, i);
        row.setField(1, i == 2 ? null : StringData.fromString("tüxt".repeat(i)));
        row.setField(2, i == 3 ? null : i % 2 == 0);
        row.setField(3, i == 4 ? null : DecimalData.fromBigDecimal(new BigDecimal(-i + ".25"), 30, 2));
        row.setField(4, i == 5 ? null : new byte[] {1, 2, (byte) i});
        row.setField(5, i == 6 ? null : new byte[i % 9]);
        row.setField(6, i == 7 ? null : i / 4.0);
        row.setField(7, i == 8 ? null : 1000 * i);
        row.setField(8, i == 9 ? null : TimestampData.fromEpochMillis(-i, 123 * i));
        row.setField(9, i == 10 ? null : TimestampData.fromEpochMillis(-i, 1000 * i));
        row.setField(10, i == 0 ? null : array(i, k -> k == 2 ? null : StringData.fromString("é" + k)));
        row.setField(11, i == 1 ? null : map(i));
        row.setField(12, i == 2 ? null : array(i, k -> k == 1 ? null : part(k)));
        return row;
    }

    private static ArrayData array(int size, IntFunction<Object> element) {
        return new GenericArrayData(IntStream.range(0, size % 5).mapToObj(element).toArray());
    }

    private static MapData map(int size) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < size % 4; i++) {
            map.put(StringData.fromString("k" + i), i == 1 ? null : (long) i);
        }
        return new GenericMapData(map);
    }

    private static RowData part(int i) {
        return GenericRowData.of(i, i == 3 ? null : TimestampData.fromEpochMillis(i, i));
    }

    private static String text(RowData row, int field, LogicalType type) {
        return text(RowData.createFieldGetter(type, field).getFieldOrNull(row), type);
    }

    /** Every part of a value, read as an operator would read it. */
    private static String text(Object value, LogicalType type) {
        if (value == null) {
            return "NULL";
        }
        List<LogicalType> children = type.getChildren();
        switch (type.getTypeRoot()) {
            case BINARY:
            case VARBINARY:
                return Arrays.toString((byte[]) value);
            case VARCHAR:
                return Arrays.toString(((StringData) value).toBytes());
            case ARRAY:
                return text((ArrayData) value, children.get(0));
            case MAP:
                MapData map = (MapData) value;
                return text(map.keyArray(), children.get(0)) + text(map.valueArray(), children.get(1));
            case ROW:
                StringBuilder row = new StringBuilder("(");
                for (int i = 0; i < children.size(); i++) {
                    row.append(text((RowData) value, i, children.get(i))).append(' ');
                }
                return row.append(')').toString();
            default:
                return value.toString();
        }
    }

    private static String text(ArrayData array, LogicalType element) {
        ArrayData.ElementGetter getter = ArrayData.createElementGetter(element);
        return IntStream.range(0, array.size())
                .mapToObj(i -> text(getter.getElementOrNull(array, i), element))
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
