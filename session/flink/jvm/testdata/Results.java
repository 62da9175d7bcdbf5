import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
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
        new DoubleType()
    };
    private static final RowType TYPE = RowType.of(TYPES);
    private static final int ROWS = 11;

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
        ResultRows results = new ResultRows(fields.length, TYPE);
        results.set(kept, element);
        for (int i = 0; i < ROWS; i++) {
            RowData read = results.row(i);
            if (read.getRowKind() != row(i).getRowKind()) {
                System.out.println("row " + i + " is " + read.getRowKind());
            }
            for (int field = 0; field < 2 * fields.length; field++) {
                Object want = text(row(i), field % fields.length, field % fields.length);
                Object got = text(read, field, field % fields.length);
                if (!want.equals(got)) {
                    System.out.println("row " + i + ", column " + field + ": " + got + ", want " + want);
                }
            }
        }
        for (int at = 0; at < element.length; at++) {
            for (int change : new int[] {1, 0x40, 0x80, 0xff}) {
                byte[] changed = element.clone();
                changed[at] ^= (byte) change;
                read(changed, kept, "byte " + at + " changed by " + change);
            }
            read(Arrays.copyOf(element, at), kept, "cut at " + at);
        }
    }

    private static void read(byte[] element, ForwardedRows.Kept kept, String how) {
        try {
            ResultRows results = new ResultRows(TYPES.length, TYPE);
            results.set(kept, element);
            for (int i = 0; i < ROWS; i++) {
                for (int field = 0; field < TYPES.length; field++) {
                    text(results.row(i), TYPES.length + field, field);
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
        return row;
    }

    private static Object text(RowData row, int field, int type) {
        if (row.isNullAt(field)) {
            return "NULL";
        }
        switch (type) {
            case 0:
                return row.getInt(field);
            case 1:
                return Arrays.toString(row.getString(field).toBytes());
            case 2:
                return row.getBoolean(field);
            case 3:
                return row.getDecimal(field, 30, 2).toString();
            case 4:
            case 5:
                return Arrays.toString(row.getBinary(field));
            default:
                return row.getDouble(field);
        }
    }
}
