package riffle.job.columns;

import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.types.RowKind;
import org.apache.flink.types.bitmap.Bitmap;
import org.apache.flink.types.variant.Variant;

/**
 * A row of a batch. The object moves from row to row. An operator that keeps a row must copy it, as with
 * other rows that operators reuse.
 */
public final class BatchRow implements RowData {
    private final Column[] columns;
    private int row;
    private RowKind kind = RowKind.INSERT;

    BatchRow(int columns) {
        this.columns = new Column[columns];
    }

    void set(int column, Column values) {
        columns[column] = values;
    }

    Column column(int i) {
        return columns[i];
    }

    /** The row's place in its batch. */
    int index() {
        return row;
    }

    void moveTo(int row, RowKind kind) {
        this.row = row;
        this.kind = kind;
    }

    @Override
    public int getArity() {
        return columns.length;
    }

    @Override
    public RowKind getRowKind() {
        return kind;
    }

    @Override
    public void setRowKind(RowKind kind) {
        this.kind = kind;
    }

    @Override
    public boolean isNullAt(int i) {
        return columns[i].isNullAt(row);
    }

    @Override
    public boolean getBoolean(int i) {
        return columns[i].getBoolean(row);
    }

    @Override
    public byte getByte(int i) {
        return columns[i].getByte(row);
    }

    @Override
    public short getShort(int i) {
        return columns[i].getShort(row);
    }

    @Override
    public int getInt(int i) {
        return columns[i].getInt(row);
    }

    @Override
    public long getLong(int i) {
        return columns[i].getLong(row);
    }

    @Override
    public float getFloat(int i) {
        return columns[i].getFloat(row);
    }

    @Override
    public double getDouble(int i) {
        return columns[i].getDouble(row);
    }

    @Override
    public StringData getString(int i) {
        return columns[i].getString(row);
    }

    @Override
    public DecimalData getDecimal(int i, int precision, int scale) {
        return columns[i].getDecimal(row, precision, scale);
    }

    @Override
    public byte[] getBinary(int i) {
        return columns[i].getBinary(row);
    }

    @Override
    public TimestampData getTimestamp(int i, int precision) {
        return columns[i].getTimestamp(row, precision);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> RawValueData<T> getRawValue(int i) {
        return (RawValueData<T>) columns[i].getObject(row);
    }

    @Override
    public ArrayData getArray(int i) {
        return columns[i].getArray(row);
    }

    @Override
    public MapData getMap(int i) {
        return columns[i].getMap(row);
    }

    @Override
    public RowData getRow(int i, int fields) {
        return columns[i].getRowData(row);
    }

    @Override
    public Variant getVariant(int i) {
        return (Variant) columns[i].getObject(row);
    }

    @Override
    public Bitmap getBitmap(int i) {
        return (Bitmap) columns[i].getObject(row);
    }
}
