package numbered;

import java.io.Serializable;
import java.util.Random;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

/**
 * Rows whose values follow from a seed and their numbers. Their objects are reused and have different
 * classes. A column that can be NULL is NULL nowhere, in some rows or everywhere.
 */
final class Rows implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int[] PERCENTS_NULL = {0, 20, 20, 100};

    private final RowType type;
    private final long seed;
    private final boolean longTexts;
    private final int[] percentsNull;

    private transient GenericRowData reused;
    private transient RowDataSerializer serializer;

    /** Without {@code percentNull}, each column has its own share of NULLs. */
    Rows(RowType type, long seed, boolean longTexts, Integer percentNull) {
        this.type = type;
        this.seed = seed;
        this.longTexts = longTexts;
        percentsNull = new int[type.getFieldCount()];
        Random random = new Random(seed);
        for (int i = 0; i < percentsNull.length; i++) {
            percentsNull[i] = percentNull != null ? percentNull : PERCENTS_NULL[random.nextInt(PERCENTS_NULL.length)];
        }
    }

    /** A row, which the next call may change. A version of a row has its own values. */
    RowData row(long number, int version, RowKind kind) {
        if (reused == null) {
            reused = new GenericRowData(type.getFieldCount());
            serializer = new RowDataSerializer(type);
        }
        GenericRowData row = number % 3 == 0 ? new GenericRowData(type.getFieldCount()) : reused;
        row.setField(0, number);
        for (int i = 1; i < type.getFieldCount(); i++) {
            row.setField(i, value(i, number, version));
        }
        RowData out = number % 3 == 1 ? serializer.toBinaryRow(row) : row;
        out.setRowKind(kind);
        return out;
    }

    private Object value(int column, long number, int version) {
        Random random = new Random(((seed * 31 + column) * 1_000_003 + number) * 7 + version);
        random.nextInt(); // similar seeds have similar first numbers
        LogicalType field = type.getTypeAt(column);
        if (field.isNullable() && random.nextInt(100) < percentsNull[column]) {
            return null;
        }
        return new Values(random, longTexts && number % 97 == 5).of(field.copy(false));
    }

    /** Four rows in turns: one is updated, one deleted, one stays, one is updated and deleted. */
    void changes(long block, Collector<RowData> out) {
        long a = 4 * block;
        out.collect(row(a, 0, RowKind.INSERT));
        out.collect(row(a + 1, 0, RowKind.INSERT));
        out.collect(row(a, 0, RowKind.UPDATE_BEFORE));
        out.collect(row(a, 1, RowKind.UPDATE_AFTER));
        out.collect(row(a + 2, 0, RowKind.INSERT));
        out.collect(row(a + 1, 0, RowKind.DELETE));
        out.collect(row(a + 3, 0, RowKind.INSERT));
        out.collect(row(a + 3, 0, RowKind.UPDATE_BEFORE));
        out.collect(row(a + 3, 1, RowKind.UPDATE_AFTER));
        out.collect(row(a + 3, 1, RowKind.DELETE));
    }
}
